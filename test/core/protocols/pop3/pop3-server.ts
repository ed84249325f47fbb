import type { Verified } from '../../../../core/auth/auth.ts';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { passwordsOnly } from '../../../support/auth.ts';
import type { Decision } from '../../../../sdk/decisions.ts';
import { next } from '../../../../sdk/decisions.ts';
import { createPop3Server, type Pop3Options, type Pop3Server } from '../../../../core/protocols/pop3/pop3.ts';
import type { CurrentTls } from '../../../../core/servers/protocol-server.ts';
import type { Pop3Services } from '../../../../core/protocols/pop3/pop3.ts';

export const open: Pop3Options = {
  allowPlaintext: true,
  limits: { idle: 600_000, loginAttempts: 3, loginDelay: 0, errors: 50 },
};

/** What happened to the outside while sessions ran. */
export type Seen = {
  readonly events: { event: string; payload: Record<string, unknown>; identity: string | null }[];
  readonly mail: Map<number, Buffer>;
};

type Answers = (event: string, payload: Record<string, unknown>) => Decision | undefined;

/** The services of one user, bob with the password `open sesame`, and what sinks answer as a function. */
export function servicesOf(messages: readonly string[], answers: Answers = () => undefined): [Pop3Services, Seen] {
  const mail = new Map(messages.map((text, at) => [at + 1, Buffer.from(text, 'latin1')]));
  const seen: Seen = { events: [], mail };
  const note = (event: string, subject: { session: { identity: string | null } }, payload: object): void => {
    seen.events.push({ event, payload: { ...payload }, identity: subject.session.identity });
  };
  let ids = 0;
  const services = {
    auth: {
      ...passwordsOnly,
      verify: async (user: string, password: string): Promise<Verified> =>
        `${user} ${password}` === 'bob open sesame' ? { kind: 'right', user: 'bob@example.test' } : { kind: 'wrong' },
    },
    store: {
      mailboxOf: (user: string) => `${user}/INBOX`,
      uidValidity: async () => 7,
      list: async () => [...mail].map(([uid, octets]) => ({ uid, size: octets.length, flags: [], internalDate: 0 })),
      octets: async (_: string, uid: number) => {
        const octets = mail.get(uid);
        if (!octets) throw new Error(`no uid ${uid}`);
        return octets;
      },
      expunge: async (_: string, uids: readonly number[]) => uids.filter((uid) => mail.delete(uid)),
    },
    directory: { isLocalDomain: () => true },
    generation: () => ({ isAsked: () => true }),
    dispatcher: {
      async ask(_: object, event: string, subject: never, payload: Record<string, unknown>) {
        if (event !== 'onCommand') note(event, subject, payload);
        const decision = answers(event, payload) ?? next();
        return { decision, edits: 'edits' in decision ? decision.edits : [], tags: {} };
      },
      async tell(_: object, event: string, subject: never, payload: object) {
        note(event, subject, payload);
      },
    },
    log: {
      warn: () => undefined,
      error: (v: object, text: string) => seen.events.push({ event: `log ${text}`, payload: { ...v }, identity: null }),
    },
    record: () => undefined,
    now: () => 0,
    randomId: () => `id${(ids += 1)}`,
  };
  return [services as unknown as Pop3Services, seen];
}

export type Listening = AsyncDisposable & { readonly port: number; readonly pop3: Pop3Server };

/** A POP3 server on a port of 127.0.0.1. */
export async function listen(
  services: Pop3Services,
  options: Pop3Options = open,
  tls: CurrentTls = () => null,
): Promise<Listening> {
  const pop3 = createPop3Server('pop', options, tls, services);
  const server = createServer((socket) => pop3.accept(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    pop3,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
      await pop3[Symbol.asyncDispose]();
    },
  };
}

export const greeting = 'S: +OK POP3 server ready';

/** The lines every session of bob begins with. */
export const login = `${greeting}
  C: USER bob
  S: +OK send PASS
  C: PASS open sesame
  S: +OK maildrop has …`;
