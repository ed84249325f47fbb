import { editKinds } from '../edits.ts';
import type { EventSpec } from '../event-spec.ts';
import { envelope, message, replyData, text } from '../fields.ts';

const { reversePath, recipient, header, body, heloName } = editKinds;

/** Of sessions in which we are the client, and the next host the server. */
export const relayEvents = {
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
} as const satisfies Record<string, EventSpec>;
