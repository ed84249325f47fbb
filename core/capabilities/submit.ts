import { createHash } from 'node:crypto';
import { hour } from '../../sdk/durations.ts';
import type { SubmitAnswer } from '../../sdk/capabilities/submit.ts';
import type { Content } from '../database/content.ts';
import type { Kv } from '../database/kv.ts';
import type { Submission } from '../queue/message.ts';
import type { Capability, HostCall } from './capability.ts';
import type { Limits } from './limits.ts';
import { readNewMessage, type WantedMessage } from './submit/arguments.ts';
import { composeMessage } from './submit/compose.ts';
import { ancestorsOf, guardLoop, nameTrace } from './submit/loop.ts';

/** Where mail goes, whoever hands it over. */
export type MailRoom = {
  /** Durable when it resolves; delivery has taken the message over then. */
  accept(submission: Submission): Promise<unknown>;
  /** Octets as content for a submission. */
  write(octets: Uint8Array): Promise<Content>;
  /** What a virtual server calls itself. */
  hostname(virtualServer: string): string;
};

export type SubmitParts = {
  readonly kv: Kv;
  readonly limits: Limits;
  /** Settled before the first event. */
  readonly mail: Promise<MailRoom>;
  readonly randomId: () => string;
  readonly now: () => number;
};

/** How long an event that runs again finds what it submitted the first time. */
const remembered = 24 * hour;

/**
 * `submit`: a new message into the queue, marked as made by a machine.
 *
 * LIMIT: a process that dies between the queue and the memory of it submits again when the event runs again; and of more
 * than about 50,000 messages a day the later ones are not remembered.
 */
export function submitCapability(parts: SubmitParts): Capability<'submit'> {
  return {
    async message(call, args) {
      const wanted = readNewMessage(args, call);
      const loop = guardLoop(call);
      if (loop !== null) return refuse(parts, call, loop);
      const { key } = call.binding;
      const memory = digestOf(call, wanted);
      const earlier = await parts.kv.get(memoryOf(key), memory);
      if (earlier !== null) return { kind: 'queued', traceId: earlier };
      const thisHour = String(Math.floor(parts.now() / hour));
      const count = await parts.kv.increment(countOf(key), thisHour, 1, 2 * hour);
      if (typeof count !== 'number' || count > call.grant.perHour) return refuse(parts, call, 'rate');
      const traceId = await send(parts, call, wanted);
      await parts.kv.put(memoryOf(key), memory, traceId, remembered);
      return { kind: 'queued', traceId };
    },
  };
}

/** Beside the binding's own entries, where no sink sees them; apart, so that a full memory stops no counting. */
const memoryOf = (binding: string): string => `submitted:${binding}`;
const countOf = (binding: string): string => `submit-count:${binding}`;

function refuse(
  { limits }: SubmitParts,
  call: HostCall<'submit'>,
  reason: (SubmitAnswer & { readonly kind: 'refused' })['reason'],
): SubmitAnswer {
  limits.hit(call, `submit ${reason}`, reason === 'rate' ? `${call.grant.perHour}/h` : '');
  return { kind: 'refused', reason };
}

async function send(parts: SubmitParts, call: HostCall<'submit'>, wanted: WantedMessage): Promise<string> {
  const { key, virtualServer } = call.binding;
  const ancestors = ancestorsOf(call);
  const mail = await parts.mail;
  const hostname = mail.hostname(virtualServer);
  const id = parts.randomId();
  const attached = wanted.attach ? attachedTo(call) : null;
  const octets = composeMessage(wanted, { hostname, id, now: parts.now(), marks: [...ancestors.marks, key], attached });
  const traceId = nameTrace(id, key, ancestors.depth + 1);
  await mail.accept({
    traceId,
    virtualServer,
    source: 'sink',
    reversePath: wanted.reversePath ?? '',
    recipients: wanted.to,
    session: null,
    content: await mail.write(octets),
  });
  return traceId;
}

function attachedTo({ message }: HostCall<'submit'>): Uint8Array {
  if (message) return message.octets;
  throw new RangeError('this event has no message to send along');
}

/** The same message for the same event has the same name. */
function digestOf({ traceId, event }: HostCall<'submit'>, wanted: WantedMessage): string {
  return createHash('sha256')
    .update(JSON.stringify([traceId, event, wanted]))
    .digest('base64url');
}
