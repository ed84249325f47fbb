import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SecureContext } from 'node:tls';
import { createContentStore } from '../../../../core/database/content.ts';
import { createDispatcher } from '../../../../core/events/dispatch.ts';
import { createGeneration, type Generation } from '../../../../core/events/generation.ts';
import { openEditable } from '../../../support/editables.ts';
import { createSmtpServer, type SmtpOptions, type SmtpServices } from '../../../../core/protocols/smtp/smtp.ts';
import type { Submission } from '../../../../core/queue/queue.ts';
import type { ProtocolServer } from '../../../../core/servers/protocol-server.ts';
import type { TraceEntry } from '../../../../core/telemetry/telemetry.ts';
import { isEventName, type EventName, type Payload } from '../../../../sdk/catalogue.ts';
import { passwordsOnly } from '../../../support/auth.ts';
import { bindingOf } from '../../../support/bindings.ts';

const limits = {
  size: 64 * 1024,
  recipients: 5,
  commandLength: 512,
  idle: 60_000,
  messagesPerConnection: 1_000,
  errors: 20,
  tarpit: 0,
  loginAttempts: 3,
  loginDelay: 0,
};

/** What a sink is given: its payload and context, as JSON. */
export type Seen<E extends EventName> = Payload<E> & Record<string, unknown>;
export type Sinks = { readonly [E in EventName]?: (event: Seen<E>) => unknown };

export type Setup = {
  readonly id?: string;
  readonly options?: Partial<Omit<SmtpOptions, 'limits'>> & { readonly limits?: Partial<SmtpOptions['limits']> };
  /** Local parts at example.test; `remote.test` is not ours. */
  readonly users?: readonly string[];
  /** One binding with these handlers, run without a sandbox. */
  readonly sinks?: Sinks;
  readonly tls?: () => SecureContext | null;
  /** Stands in front of the queue: what it throws, the queue throws. */
  readonly onAccept?: (submission: Submission) => void | Promise<void>;
  readonly services?: Partial<SmtpServices>;
};

export type Served = AsyncDisposable & {
  readonly port: number;
  readonly smtp: ProtocolServer<SmtpOptions>;
  readonly options: SmtpOptions;
  readonly submissions: readonly (Submission & { readonly text: string })[];
  readonly trace: readonly TraceEntry[];
  /** What the log was told at warn and error. */
  readonly complaints: readonly unknown[];
  /** Other sinks from now on: a new generation. */
  rebind(sinks: Sinks): void;
  /** Generations that were freed. */
  readonly freed: readonly number[];
  /** Files of content there are. */
  files(): Promise<readonly string[]>;
};

/** An SMTP server on a free port of 127.0.0.1: everything real but the sandbox, the directory and the queue. */
export async function serve(setup: Setup = {}): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'smtp-'));
  const store = createContentStore(folder, async () => false);
  const submissions: (Submission & { text: string })[] = [];
  const trace: TraceEntry[] = [];
  const complaints: unknown[] = [];
  const freed: number[] = [];
  const users = new Set((setup.users ?? ['bob', 'ann']).map((user) => `${user}@example.test`));
  const id = setup.id ?? 'mx';
  const options = {
    hostname: 'mail.example.test',
    greetingDelay: 0,
    auth: { allowPlaintext: false, required: false },
    requireTls: false,
    vrfy: 'ambiguous' as const,
    relay: { authenticated: true, from: [] },
    ...setup.options,
    limits: { ...limits, ...setup.options?.limits },
  };
  let sinks = setup.sinks ?? {};
  let generation = generationOf(1, sinks);
  let ids = 0;

  function generationOf(number: number, handlers: Sinks): Generation {
    const events = Object.keys(handlers).filter(isEventName);
    const bindings = events.length === 0 ? [] : [bindingOf({ on: onCommand(events) }, { events })];
    return createGeneration(number, bindings, () => void freed.push(number));
  }
  const log = {
    debug() {},
    info() {},
    warn: (values: object) => void complaints.push(values),
    error: (values: object) => void complaints.push(values),
    child: () => log,
  };
  const services: SmtpServices = {
    dispatcher: createDispatcher({
      async callSink({ event, payload }) {
        const handler = sinks[event] as ((seen: object) => unknown) | undefined;
        return JSON.parse(JSON.stringify(await handler?.({ ...payload })));
      },
      record: (entry) => void trace.push(entry),
      now: Date.now,
    }),
    generation: () => generation,
    queue: {
      async accept(submission) {
        await setup.onAccept?.(submission);
        const octets = await store.read(submission.content);
        submissions.push({ ...submission, text: Buffer.from(octets).toString('latin1') });
        return {} as never;
      },
    },
    directory: {
      async resolve(address) {
        const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
        if (domain !== 'example.test' && domain !== 'mail.example.test') return { kind: 'remote' };
        const user = address.toLowerCase();
        return users.has(user) ? { kind: 'user', user, mailbox: `${user}/INBOX` } : { kind: 'unknown' };
      },
      isLocalDomain: (domain) => domain === 'example.test',
    },
    auth: {
      async verify(user, password) {
        const isKnown = users.has(user.toLowerCase()) && password === 'secret';
        return isKnown ? { kind: 'right', user: user.toLowerCase() } : { kind: 'wrong' };
      },
      ...passwordsOnly,
    },
    content: store,
    openEditable,
    log,
    record: (entry) => void trace.push(entry),
    now: () => Date.UTC(2026, 10, 23, 12, 0, 0),
    randomId: () => `id${++ids}`,
    ...setup.services,
  };

  const smtp = createSmtpServer(id, options, setup.tls ?? (() => null), services);
  const listener = await listen((socket) => smtp.accept(socket));
  return {
    port: portOf(listener),
    smtp,
    options,
    submissions,
    trace,
    complaints,
    freed,
    rebind(handlers) {
      const before = generation;
      sinks = handlers;
      generation = generationOf(before.id + 1, handlers);
      before.release();
    },
    files: () => readdir(folder),
    async [Symbol.asyncDispose]() {
      listener.close();
      await smtp[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

/** Asked about every verb; how a rule narrows that is the business of `events`. */
const onCommand = (events: readonly EventName[]): object =>
  events.includes('onCommand') ? { onCommand: { rule: 'verb=*' } } : {};

function listen(onSocket: Parameters<typeof createServer>[1]): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer(onSocket).listen(0, '127.0.0.1', () => resolve(server));
  });
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** A session up to the first MAIL. */
export const hello = `S: 220 …
C: EHLO client.test
S: 250*
`;

/** A message that is taken, from MAIL to 250. */
export const oneMessage = `C: MAIL FROM:<ann@client.test>
C: RCPT TO:<bob@example.test>
C: DATA
S: 250 2.1.0 Ok
S: 250 2.1.5 Ok
S: 354 End data with <CR><LF>.<CR><LF>
C: Subject: hello
C:
C: hello
C: .
S: 250 2.0.0 Ok: queued as …
`;
