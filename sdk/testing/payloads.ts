import { specOf, type EventName, type Payload } from '../catalogue.ts';
import type { EventContext, Session } from '../context.ts';
import { message, type MessageOptions, type TestMessage } from './message.ts';

/** What a test says of an event: what it leaves out has a default, and a message is made from its options. */
export type PayloadOptions<E extends EventName> = {
  readonly [K in keyof Payload<E>]?: K extends 'message' ? TestMessage | MessageOptions : Payload<E>[K];
};

const envelope = { reversePath: 'ann@client.example', recipients: ['bob@example.test'] };
const reply = { code: 550, status: '5.7.1', text: 'Refused' };

/** What a field of this shape (`sdk/fields.ts`) is when nobody says: Ann, a stranger, writes to Bob, who lives here. */
const byShape: Readonly<Record<string, unknown>> = {
  string: '',
  'string | null': null,
  integer: 0,
  boolean: true,
  'string[]': [],
  'record of string or true': {},
  reply,
  envelope,
  message: {},
};

/** Where the name or the event says more than the shape. */
const byName: Readonly<Record<string, unknown>> = {
  recipient: 'bob@example.test',
  reversePath: 'ann@client.example',
  domain: 'client.example',
  mechanism: 'PLAIN',
  identity: 'bob@example.test',
  mailbox: 'INBOX',
  timer: 'tick',
  due: Date.UTC(2026, 10, 23, 12),
  uid: 1,
  size: 1_000,
};
const byEvent: { readonly [E in EventName]?: PayloadOptions<E> } = {
  onEhlo: { verb: 'EHLO', capabilities: ['SIZE 26214400', '8BITMIME', 'PIPELINING'] },
  onRcpt: { envelope: { ...envelope, recipients: [] } },
  onReject: { verb: 'RCPT' },
  onRetrieve: { verb: 'RETR' },
  onCommand: { verb: 'X-HELLO', known: false },
};

function defaultsOf(event: EventName): Readonly<Record<string, unknown>> {
  const fields = Object.entries(specOf(event).payload);
  const plain = fields.map(([name, { shape }]) => [name, byName[name] ?? byShape[shape] ?? null] as const);
  return { ...Object.fromEntries(plain), ...byEvent[event] };
}

/** A payload as it goes over the wall, and the message it carries; null where it carries none. */
export type BuiltPayload = {
  readonly payload: Readonly<Record<string, unknown>>;
  readonly message: TestMessage | null;
};

/** Fills in what a test left out. */
export function payloadOf<E extends EventName>(event: E, options: PayloadOptions<E> = {}): BuiltPayload {
  const payload: Record<string, unknown> = { ...defaultsOf(event), ...options };
  const given = payload['message'];
  if (given === undefined) return { payload, message: null };
  const built = isTestMessage(given) ? given : message({ ...(typeof given === 'object' ? given : {}) });
  return { payload: { ...payload, message: built.data }, message: built };
}

function isTestMessage(given: unknown): given is TestMessage {
  return typeof given === 'object' && given !== null && 'kind' in given && given.kind === 'test-message';
}

/** What a test may say of where an event comes from. `session: null`: no connection is part of it. */
export type ContextOptions = Partial<Omit<EventContext, 'session'>> & { readonly session?: Partial<Session> | null };

/** The context of an event, filled in: a client at 192.0.2.7 on virtual server `mx`. */
export function contextOf({ session = {}, ...said }: ContextOptions = {}): EventContext {
  return {
    traceId: 'trace-1',
    virtualServer: { id: 'mx', protocol: 'smtp' },
    binding: { name: 'default', priority: 24_575 },
    matchedRecipients: null,
    ...said,
    session: session && {
      id: 'session-1',
      protocol: 'smtp',
      remote: { address: '192.0.2.7', port: 40_000 },
      local: { address: '192.0.2.1', port: 25 },
      tls: null,
      identity: null,
      ehlo: 'client.example',
      tags: {},
      ...session,
    },
  };
}
