import type { Decision } from '../../sdk/decisions.ts';
import { minute } from '../../sdk/durations.ts';
import { reply, type Reply } from '../../sdk/reply.ts';
import type { Content } from '../database/content.ts';
import { asFault, Fault } from '../errors.ts';
import type { Binding } from '../events/binding.ts';
import type { Verdict } from '../events/dispatch.ts';
import type { ArrivalOutcome, QueuedMessage } from '../queue/queue.ts';
import { askChain, type ChainEvent, type Chained } from './chain.ts';
import { giveUp, noConsequences, type Consequences } from './failures.ts';
import type { Retries } from './options.ts';
import type { DeliveryParts } from './parts.ts';
import {
  hasWaited,
  isExpired,
  isFrozenBy,
  isSentWithout,
  waitAfterDefer,
  waitAfterFault,
  waitForTurn,
} from './schedule.ts';
import { recordStep } from './trace.ts';

/** What the chain came to; `fork` only onCategorized. */
export type ChainOutcome =
  | ArrivalOutcome
  | { readonly kind: 'fork'; readonly groups: readonly (readonly string[])[]; readonly by: Binding | null };

/** What is to be settled: the outcome of the chain and what follows from it. */
export type Arrival<O extends ChainOutcome = ArrivalOutcome> = {
  readonly outcome: O;
  readonly consequences: Consequences;
};

/** RFC 3463 §3.5: 4.7 of the network and routing class is "delivery time expired". */
const expired = reply(554, '4.7', 'Delivery was deferred for too long');

/**
 * Asks onArrival, once, and says what comes of it. Whatever goes wrong on the way is a fault of ours: the message waits
 * and its chain starts again from the octets it has.
 */
export async function arrive(parts: DeliveryParts, message: QueuedMessage, retries: Retries): Promise<Arrival> {
  const { outcome, consequences } = await askAbout(parts, message, { event: 'onArrival', retries, without: [] });
  // The catalogue allows `fork` to onCategorized only.
  if (outcome.kind === 'fork') throw new Fault('internal.bug', { decision: outcome.kind });
  return { outcome, consequences };
}

type Asking = {
  readonly event: ChainEvent;
  readonly retries: Retries;
  /** Bindings that had their say. */
  readonly without: readonly Binding[];
};

/** Asks one of the two events about a message as a whole. */
export async function askAbout(
  parts: DeliveryParts,
  message: QueuedMessage,
  { event, retries, without }: Asking,
): Promise<Arrival<ChainOutcome>> {
  const generation = parts.generation();
  generation.retain();
  try {
    const passed = new Map<Binding, Fault>();
    for (;;) {
      const chained = await askChain(parts, generation, message, {
        event,
        without: new Set([...without, ...passed.keys()]),
      });
      const { decision, fault, by } = chained.verdict;
      const hasFailed = decision.kind === 'defer' && fault && fault.code !== 'sandbox.busy';
      const isPassed = hasFailed && by && isSentWithout(by, message.faults, retries);
      if (!isPassed) {
        const missed = [...[...passed].map(([binding, why]) => ({ binding, fault: why })), ...chained.verdict.missed];
        reportMissed(parts, message, missed);
        return await applyVerdict(parts, message, { ...chained, verdict: { ...chained.verdict, missed } }, retries);
      }
      passed.set(by, fault);
    }
  } catch (thrown) {
    return holdUp(parts, message, { retries, fault: asFault(thrown), by: null });
  } finally {
    generation.release();
  }
}

async function applyVerdict(
  parts: DeliveryParts,
  message: QueuedMessage,
  chained: Chained,
  retries: Retries,
): Promise<Arrival<ChainOutcome>> {
  const { decision, fault, by } = chained.verdict;
  switch (decision.kind) {
    case 'next':
    case 'accept':
    case 'redirect':
      return plain(arrived(message, chained.verdict, await editedContent(parts, chained)));
    case 'reject':
      return await refuse(parts, message, decision.reply);
    case 'defer':
      if (fault?.code === 'sandbox.busy') return plain(busy(parts, message, retries));
      if (fault) return await holdUpBy(parts, message, { retries, fault, by });
      return await deferOf(parts, message, { text: decision.reply.text, retries });
    case 'discard':
      return plain({ kind: 'done', reason: decision.reason });
    case 'quarantine':
    case 'badmail':
      return plain(await held(parts, chained, decision));
    case 'fork':
      return { outcome: { kind: 'fork', groups: decision.groups, by }, consequences: noConsequences };
    case 'drop':
    case 'disconnect':
    case 'reply':
      break;
  }
  // The catalogue does not allow the other two here, and the dispatcher holds every answer to it.
  throw new Fault('internal.bug', { decision: decision.kind });
}

const plain = (outcome: ArrivalOutcome): Arrival => ({ outcome, consequences: noConsequences });

function arrived(
  message: QueuedMessage,
  { payload, tags, missed }: Verdict<ChainEvent>,
  content: Content | null,
): ArrivalOutcome {
  const { reversePath, recipients } = payload.envelope;
  const unedited = missed
    .filter(({ binding }) => binding.revision.manifest.role === 'edits')
    .map(({ binding, fault }) => ({ binding: binding.key, revision: binding.revision.hash, fault: fault.code }));
  return {
    kind: 'arrived',
    content,
    reversePath,
    recipients,
    tags: { ...message.tags, ...tags },
    ...(unedited.length > 0 && { missed: unedited }),
  };
}

/** @returns null when the chain changed no octet */
async function editedContent(parts: DeliveryParts, { opened }: Chained): Promise<Content | null> {
  if (opened === null) return null;
  const written = await opened.write();
  return written === opened.octets ? null : await parts.content.write(written);
}

type Ended = Extract<ArrivalOutcome, { kind: 'done' }>;

async function refuse(parts: DeliveryParts, message: QueuedMessage, why: Reply): Promise<Arrival<Ended>> {
  const failures = message.recipients.map(({ address }) => ({ recipient: address, reply: why }));
  return {
    outcome: { kind: 'done', reason: `${why.code} ${why.status} ${why.text}` },
    consequences: await giveUp(parts, message, failures),
  };
}

/** A sink wants to be asked again later; one that always does ends in a report. */
export async function deferOf(
  parts: DeliveryParts,
  message: QueuedMessage,
  { text, retries }: { readonly text: string; readonly retries: Retries },
): Promise<Arrival<Exclude<ArrivalOutcome, { kind: 'arrived' }>>> {
  const now = parts.now();
  const age = now - message.acceptedAt;
  if (isExpired(age, message.faults, retries)) return await refuse(parts, message, expired);
  const until = now + waitAfterDefer(age, retries);
  return { outcome: { kind: 'defer', until, reason: text, fault: false }, consequences: noConsequences };
}

async function held(
  parts: DeliveryParts,
  chained: Chained,
  { kind, reason }: Extract<Decision, { kind: 'quarantine' | 'badmail' }>,
): Promise<ArrivalOutcome> {
  const content = kind === 'quarantine' ? await editedContent(parts, chained) : null;
  return { kind: 'held', state: kind, reason, content };
}

/** Its sink has too much to do. That is no fault, and does not count as one. */
function busy(parts: DeliveryParts, { acceptedAt }: QueuedMessage, { firstFault }: Retries): ArrivalOutcome {
  const now = parts.now();
  const wait = waitForTurn(now - acceptedAt, firstFault, minute);
  return { kind: 'defer', until: now + wait, reason: 'a sink is busy', fault: false };
}

type Hindrance = { readonly retries: Retries; readonly fault: Fault; readonly by: Binding | null };

/** A sink failed: what its administrator chose for mail that waited long enough comes before being frozen. */
async function holdUpBy(parts: DeliveryParts, message: QueuedMessage, hindrance: Hindrance): Promise<Arrival> {
  const { by, fault, retries } = hindrance;
  if (!by?.afterMaxDefer || !hasWaited(by, message.faults, retries)) return holdUp(parts, message, hindrance);
  const reason = `${by.key}: ${fault.code}, after ${message.faults + 1} faults`;
  parts.log.warn({ message: message.id, traceId: message.traceId, fault }, `${by.afterMaxDefer}: ${reason}`);
  if (by.afterMaxDefer === 'report') return await refuse(parts, message, expired);
  return plain({ kind: 'held', state: 'quarantine', reason, content: null });
}

/** A fault: the message waits longer each time, and in the end for an operator. It is never reported for it. */
function holdUp(parts: DeliveryParts, message: QueuedMessage, { retries, fault, by }: Hindrance): Arrival {
  const faults = message.faults + 1;
  const reason = `${by?.key ?? 'delivery'}: ${fault.code}`;
  const about = { message: message.id, traceId: message.traceId, faults, fault };
  const own = { ...retries, maxDefer: by?.maxDefer ?? retries.maxDefer };
  if (!by?.afterMaxDefer && isFrozenBy(faults, own)) {
    parts.log.error({ ...about, alarm: true }, `message frozen after ${faults} faults, ${reason}`);
    return plain({ kind: 'held', state: 'frozen', reason: `after ${faults} faults, ${reason}`, content: null });
  }
  parts.log.warn(about, `message waits after a fault, ${reason}`);
  return plain({ kind: 'defer', until: parts.now() + waitAfterFault(faults, own), reason, fault: true });
}

/** A message that goes on past a sink that failed is a message that was not edited: somebody should know. */
function reportMissed(parts: DeliveryParts, message: QueuedMessage, missed: Verdict<ChainEvent>['missed']): void {
  for (const { binding, fault } of missed) {
    parts.log.warn({ binding: binding.key, fault, traceId: message.traceId }, 'message goes on without a sink');
    recordStep(parts, message, { event: 'missed', detail: { binding: binding.key, fault: fault.code } });
  }
}
