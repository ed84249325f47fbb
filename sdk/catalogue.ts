import type { Decision, DecisionKind } from './decisions.ts';
import { editKinds, type EditKind, type EditOf } from './edits.ts';
import {
  count,
  envelope,
  flag,
  message,
  parameters,
  replyData,
  text,
  textOrNull,
  texts,
  type Field,
} from './fields.ts';

export type Protocol = 'smtp' | 'pop3';
type Source = Protocol | 'queue' | 'timer' | 'lifetime';

/** What happened to a fault, when the sink had no say: see `onFault` of a binding. */
export type OnFault = 'next' | 'defer' | 'quarantine' | 'reject';

type EventSpec = {
  /**
   * `ask`   before the fact: sinks answer one after the other, in order of priority, until one settles it
   * `tell`  after the fact: answers are ignored
   */
  readonly kind: 'ask' | 'tell';
  /** Who emits it. */
  readonly from: readonly Source[];
  /** When, in one line. */
  readonly about: string;
  /** Where it comes from: an RFC section, or `-` for our own. */
  readonly source: string;
  readonly payload: Readonly<Record<string, Field<unknown>>>;
  readonly decisions: readonly DecisionKind[];
  readonly edits: readonly EditKind[];
  /** Milliseconds one sink may take, host calls included; a binding may ask for less. */
  readonly deadline: number;
  /** Milliseconds of CPU one sink may take for one event. */
  readonly cpu: number;
  /** Tells only: whether each matching binding is told at least once, even over a crash. */
  readonly atLeastOnce?: boolean;
};

const { greeting, capabilities, tags, reversePath, recipient, recipients, moreRecipients, header, body } = editKinds;
const { members, nextHops, mailbox, heloName } = editKinds;

/** Every event a sink can be bound to. Types, dispatch, rule checking and documentation derive from this table. */
export const catalogue = {
  onConnect: {
    kind: 'ask',
    from: ['smtp', 'pop3'],
    about: 'A client connected; the greeting is not sent yet.',
    source: 'RFC 5321 §3.1, RFC 1939 §4',
    payload: {},
    decisions: ['next', 'accept', 'reject', 'defer', 'disconnect'],
    edits: [...greeting, ...tags],
    deadline: 5_000,
    cpu: 100,
  },
  onEhlo: {
    kind: 'ask',
    from: ['smtp'],
    about: 'HELO or EHLO was parsed; the reply is not sent yet.',
    source: 'RFC 5321 §4.1.1.1',
    payload: {
      verb: text('`HELO` or `EHLO`.'),
      domain: text('The domain or address literal, as the client wrote it.'),
      capabilities: texts('The EHLO lines about to be announced, without the greeting line.'),
    },
    decisions: ['next', 'reject', 'defer', 'disconnect'],
    edits: [...capabilities, ...tags],
    deadline: 5_000,
    cpu: 100,
  },
  onStartTls: {
    kind: 'tell',
    from: ['smtp'],
    about: 'The TLS handshake after STARTTLS is done.',
    source: 'RFC 3207 §4',
    payload: {},
    decisions: [],
    edits: [],
    deadline: 5_000,
    cpu: 100,
  },
  onAuth: {
    kind: 'ask',
    from: ['smtp', 'pop3'],
    about: 'Credentials were verified or refused; the reply is not sent yet. Never the password.',
    source: 'RFC 1939 §7, RFC 4954 §4',
    payload: {
      mechanism: text('`USER` for USER/PASS, else the SASL mechanism.'),
      identity: text('Who the client says it is.'),
      verified: flag('Whether the credentials were right.'),
    },
    decisions: ['next', 'reject', 'defer', 'disconnect'],
    edits: [...tags],
    deadline: 5_000,
    cpu: 100,
  },
  onMail: {
    kind: 'ask',
    from: ['smtp'],
    about: 'MAIL was parsed; the reply is not sent yet.',
    source: 'RFC 5321 §4.1.1.2',
    payload: {
      reversePath: text('The reverse-path; `""` is the null reverse-path.'),
      parameters: parameters('ESMTP parameters by upper-case keyword; `true` when without value.'),
    },
    decisions: ['next', 'accept', 'reject', 'defer', 'disconnect'],
    edits: [...reversePath, ...tags],
    deadline: 5_000,
    cpu: 100,
  },
  onRcpt: {
    kind: 'ask',
    from: ['smtp'],
    about: 'RCPT was parsed; the reply is not sent yet. `accept` takes the recipient, relay policy still holds.',
    source: 'RFC 5321 §4.1.1.3',
    payload: {
      recipient: text('The forward-path, as the client wrote it.'),
      parameters: parameters('ESMTP parameters by upper-case keyword; `true` when without value.'),
      envelope: envelope('Reverse-path and the recipients accepted so far.'),
      local: flag('Whether the recipient has a mailbox here.'),
    },
    decisions: ['next', 'accept', 'reject', 'defer', 'drop', 'redirect', 'disconnect'],
    edits: [...recipient, ...moreRecipients, ...tags],
    deadline: 5_000,
    cpu: 100,
  },
  onData: {
    kind: 'ask',
    from: ['smtp'],
    about: 'DATA came; 354 is not sent yet.',
    source: 'RFC 5321 §4.1.1.4',
    payload: { envelope: envelope('Reverse-path and accepted recipients.') },
    decisions: ['next', 'reject', 'defer', 'disconnect'],
    edits: [...recipients, ...tags],
    deadline: 5_000,
    cpu: 100,
  },
  onEndOfData: {
    kind: 'ask',
    from: ['smtp'],
    about: 'The whole message is here; the client waits for the reply.',
    source: 'RFC 5321 §4.1.1.4',
    payload: {
      envelope: envelope('Reverse-path and accepted recipients.'),
      message: message('The message, our Received field on top.'),
    },
    decisions: ['next', 'accept', 'reject', 'defer', 'discard', 'quarantine', 'disconnect'],
    edits: [...header, ...body, ...reversePath, ...recipients, ...tags],
    deadline: 30_000,
    cpu: 500,
  },
  onCommand: {
    kind: 'ask',
    from: ['smtp', 'pop3'],
    about:
      'A command came that the rule of the binding names, own ones such as `X-HELLO` too; the server has not run it.',
    source: 'RFC 5321 §4.1.5, RFC 2449 §5',
    payload: {
      verb: text('The command, upper case. `reply` is for NOOP, HELP, VRFY, EXPN and what the server does not know.'),
      argument: text('What follows it; never a password, so for AUTH the mechanism only and for PASS nothing.'),
      known: flag('Whether the server has an answer of its own, which `next` lets it give.'),
    },
    decisions: ['next', 'reply', 'reject', 'disconnect'],
    edits: [...capabilities, ...tags],
    deadline: 5_000,
    cpu: 100,
  },
  onReject: {
    kind: 'tell',
    from: ['smtp', 'pop3'],
    about: 'A command was refused with 4yz or 5yz (SMTP) or -ERR (POP3).',
    source: 'RFC 5321 §4.2.1',
    payload: {
      verb: text('The command, upper case; `connect` when the connection itself was refused.'),
      reply: replyData('What the client was told.'),
    },
    decisions: [],
    edits: [],
    deadline: 5_000,
    cpu: 100,
  },
  onDisconnect: {
    kind: 'tell',
    from: ['smtp', 'pop3'],
    about: 'The connection is closed.',
    source: '-',
    payload: { accepted: count('Messages accepted (SMTP) or retrieved (POP3) on this connection.') },
    decisions: [],
    edits: [],
    deadline: 5_000,
    cpu: 100,
  },
  onRetrieve: {
    kind: 'ask',
    from: ['pop3'],
    about: 'A client wants the octets of a message (RETR, TOP).',
    source: 'RFC 1939 §5, §7',
    payload: {
      verb: text('`RETR` or `TOP`.'),
      uid: count('The UID of the message in its mailbox.'),
      size: count('Octets.'),
    },
    decisions: ['next', 'reject'],
    edits: [],
    deadline: 5_000,
    cpu: 100,
  },
  onArrival: {
    kind: 'ask',
    from: ['queue'],
    about: 'The message is in the queue, before routing. Comes once, whatever way the message took.',
    source: '-',
    payload: {
      envelope: envelope('Reverse-path and recipients.'),
      message: message('The message.'),
    },
    decisions: ['next', 'reject', 'defer', 'discard', 'quarantine', 'redirect', 'badmail'],
    edits: [...header, ...body, ...reversePath, ...recipients, ...tags],
    deadline: 30_000,
    cpu: 500,
  },
  onResolve: {
    kind: 'ask',
    from: ['queue'],
    about: 'An address is looked up, one call per address; those an alias or a group stands for are looked up next.',
    source: 'RFC 5321 §3.9',
    payload: {
      recipient: text('The address.'),
      result: text('`user`, `forward` (an alias or a group), `unknown` or `remote`.'),
      members: texts('The addresses it stands for; empty unless it is an alias or a group.'),
    },
    decisions: ['next', 'accept', 'reject', 'defer'],
    edits: [...members],
    deadline: 5_000,
    cpu: 100,
  },
  onCategorized: {
    kind: 'ask',
    from: ['queue'],
    about: 'The recipients are resolved. Comes for every copy: `fork` makes more of them, and each is asked about.',
    source: '-',
    payload: {
      envelope: envelope('Reverse-path and the recipients of this copy.'),
      message: message('The message.'),
    },
    decisions: ['next', 'accept', 'reject', 'defer', 'discard', 'quarantine', 'redirect', 'badmail', 'fork'],
    edits: [...header, ...body, ...reversePath, ...recipients],
    deadline: 30_000,
    cpu: 500,
  },
  onRoute: {
    kind: 'ask',
    from: ['queue'],
    about: 'The next hop is chosen, one call per destination of a message.',
    source: 'RFC 5321 §5',
    payload: {
      domain: text('The domain of the recipients.'),
      hosts: texts('`host:port` of the hosts that will be tried; empty: the MX of the domain.'),
      envelope: envelope('Reverse-path and the recipients that go this way.'),
    },
    decisions: ['next', 'accept', 'reject', 'defer'],
    edits: [...nextHops],
    deadline: 5_000,
    cpu: 100,
  },
  onDeliver: {
    kind: 'ask',
    from: ['queue'],
    about: 'A recipient has a mailbox here and the message is about to be put there.',
    source: 'RFC 5321 §4.4',
    payload: {
      recipient: text('The recipient.'),
      mailbox: text('Where it will be put: `bob@example.org/INBOX`.'),
      reversePath: text('The reverse-path; `""` is the null reverse-path.'),
    },
    decisions: ['next', 'accept', 'reject', 'defer', 'discard'],
    edits: [...mailbox],
    deadline: 5_000,
    cpu: 100,
  },
  onReport: {
    kind: 'ask',
    from: ['queue'],
    about: 'A report to the reverse-path is about to be queued.',
    source: 'RFC 3464',
    payload: {
      action: text('`failed`, `delayed`, `delivered` or `relayed`; of several the first of these.'),
      envelope: envelope('The null reverse-path and who gets the report.'),
      message: message('The report.'),
    },
    decisions: ['next', 'discard'],
    edits: [...header, ...body, ...recipients],
    deadline: 5_000,
    cpu: 500,
  },
  onDeferred: {
    kind: 'tell',
    from: ['queue'],
    about: 'A recipient could not be served now and is tried again later.',
    source: 'RFC 5321 §4.5.4',
    payload: {
      recipient: text('The recipient.'),
      reply: replyData('Why.'),
      until: count('When it is tried again, epoch milliseconds.'),
    },
    decisions: [],
    edits: [],
    deadline: 30_000,
    cpu: 100,
    atLeastOnce: true,
  },
  onSessionStart: {
    kind: 'ask',
    from: ['queue'],
    about: 'We are the client: the next host has greeted us, EHLO is not sent yet.',
    source: 'RFC 5321 §3.2',
    payload: { host: text('The next host.'), address: text('Its address.'), name: text('What we call ourselves.') },
    decisions: ['next', 'reject', 'defer'],
    edits: [...heloName],
    deadline: 5_000,
    cpu: 100,
  },
  onMessageStart: {
    kind: 'ask',
    from: ['queue'],
    about: 'We are the client: MAIL is not sent yet.',
    source: 'RFC 5321 §4.1.1.2',
    payload: { host: text('The next host.'), reversePath: text('The reverse-path; `""` is the null reverse-path.') },
    decisions: ['next', 'reject', 'defer'],
    edits: [...reversePath],
    deadline: 5_000,
    cpu: 100,
  },
  onPerRecipient: {
    kind: 'ask',
    from: ['queue'],
    about: 'We are the client: RCPT is not sent yet. `drop` leaves this recipient out, and nobody is told.',
    source: 'RFC 5321 §4.1.1.3',
    payload: { host: text('The next host.'), recipient: text('The recipient.') },
    decisions: ['next', 'reject', 'defer', 'drop'],
    edits: [...recipient],
    deadline: 5_000,
    cpu: 100,
  },
  onBeforeData: {
    kind: 'ask',
    from: ['queue'],
    about: 'We are the client: the content is not sent yet. What signs a message as a whole signs it here.',
    source: 'RFC 5321 §4.1.1.4, RFC 6376',
    payload: {
      host: text('The next host.'),
      envelope: envelope('Reverse-path and the recipients on this session.'),
      message: message('The message as it is about to leave.'),
    },
    decisions: ['next', 'reject', 'defer'],
    edits: [...header, ...body],
    deadline: 30_000,
    cpu: 500,
  },
  onServerResponse: {
    kind: 'ask',
    from: ['queue'],
    about: 'We are the client: a reply came. `reject` makes it permanent, `defer` temporary.',
    source: 'RFC 5321 §4.2',
    payload: {
      host: text('The next host.'),
      verb: text('`MAIL`, `RCPT`, `DATA` or `end-of-data`.'),
      reply: replyData('What the host said.'),
    },
    decisions: ['next', 'reject', 'defer'],
    edits: [],
    deadline: 5_000,
    cpu: 100,
  },
  onSessionEnd: {
    kind: 'tell',
    from: ['queue'],
    about: 'We are the client: QUIT is about to be sent.',
    source: 'RFC 5321 §4.1.1.10',
    payload: { host: text('The next host.') },
    decisions: [],
    edits: [],
    deadline: 5_000,
    cpu: 100,
  },
  onDelivered: {
    kind: 'tell',
    from: ['queue'],
    about: 'A recipient got the message.',
    source: 'RFC 5321 §4.4',
    payload: {
      recipient: text('The recipient.'),
      mailbox: text('Where it was put; `smtp:` and the next host when it was handed on.'),
    },
    decisions: [],
    edits: [],
    deadline: 30_000,
    cpu: 100,
    atLeastOnce: true,
  },
  onBounced: {
    kind: 'tell',
    from: ['queue'],
    about: 'A recipient was given up; the report to the reverse-path is in the queue, unless that is null.',
    source: 'RFC 3464',
    payload: { recipient: text('The recipient.'), reply: replyData('Why.') },
    decisions: [],
    edits: [],
    deadline: 30_000,
    cpu: 100,
    atLeastOnce: true,
  },
  onTimer: {
    kind: 'tell',
    from: ['timer'],
    about: "One of the sink's own timers is due.",
    source: '-',
    payload: { timer: text('Its name in the manifest.'), due: count('When it was due, epoch milliseconds.') },
    decisions: [],
    edits: [],
    deadline: 30_000,
    cpu: 500,
  },
  onLoad: {
    kind: 'ask',
    from: ['lifetime'],
    about: 'The binding starts with this revision; settings are validated. Throwing refuses to load.',
    source: '-',
    payload: {},
    decisions: ['next'],
    edits: [],
    deadline: 5_000,
    cpu: 500,
  },
  onUnload: {
    kind: 'tell',
    from: ['lifetime'],
    about: 'The binding ends, or the revision was replaced and nothing uses it any more.',
    source: '-',
    payload: { reason: textOrNull('`replaced`, `removed` or `stopped`.') },
    decisions: [],
    edits: [],
    deadline: 5_000,
    cpu: 100,
  },
} as const satisfies Record<string, EventSpec>;

type Catalogue = typeof catalogue;

export type EventName = keyof Catalogue;
export type AskName = { [E in EventName]: Catalogue[E]['kind'] extends 'ask' ? E : never }[EventName];
export type TellName = Exclude<EventName, AskName>;

/** The payload as the core hands it over: plain JSON. */
export type Payload<E extends EventName> = {
  readonly [K in keyof Catalogue[E]['payload']]: Catalogue[E]['payload'][K] extends Field<infer Wire, unknown>
    ? Wire
    : never;
};

/** The payload as a sink sees it. */
export type SeenPayload<E extends EventName> = {
  readonly [K in keyof Catalogue[E]['payload']]: Catalogue[E]['payload'][K] extends Field<unknown, infer Seen>
    ? Seen
    : never;
};

/** The edits an event allows. */
export type EditFor<E extends EventName> = EditOf<Catalogue[E]['edits'][number]>;
/** The decisions an event allows, with the edits it allows. */
export type DecisionFor<E extends EventName> = Extract<
  Decision<EditFor<E>>,
  { readonly kind: Catalogue[E]['decisions'][number] }
>;

export const isEventName = (name: string): name is EventName => Object.hasOwn(catalogue, name);
export const eventNames: readonly EventName[] = Object.keys(catalogue).filter(isEventName);

/** One row, with the literal types widened: for code that treats all events alike. */
export const specOf = (event: EventName): EventSpec => catalogue[event];
