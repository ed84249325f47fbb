import { sizeOf, type Content } from '../database/content.ts';
import type {
  ArrivalOutcome,
  CategorizedOutcome,
  Copy,
  QueuedMessage,
  QueuedRecipient,
  ResolvedRecipient,
  Settlement,
  Submission,
  Tell,
} from './message.ts';
import type { ArrivalInput, SettleInput, WireArrival, WireSubmission, WireTell } from './wire.ts';

/** What every settlement of a message says, whatever its results. */
type Settling = {
  readonly message: QueuedMessage;
  readonly owner: string;
  readonly now: number;
  readonly reports: readonly Submission[];
  readonly tells: readonly Tell[];
};

function heldOf({ quarantine, badmail }: Submission): WireSubmission['held'] {
  if (badmail !== undefined) return { state: 'badmail', reason: badmail };
  return quarantine === undefined ? null : { state: 'quarantine', reason: quarantine };
}

export function wireSubmission(submission: Submission): WireSubmission {
  const { traceId, virtualServer, source, reversePath, session, content, reporting } = submission;
  return {
    traceId,
    virtualServer,
    source,
    reversePath,
    recipients: reportingOf(submission),
    ret: reporting?.ret ?? null,
    envid: reporting?.envid ?? null,
    session: session && JSON.stringify(session),
    tags: JSON.stringify(session?.tags ?? {}),
    content: tight(content),
    held: heldOf(submission),
  };
}

/** A message just accepted, as `claim` would give it, without asking the database for what we know. */
export function acceptedMessage(submission: Submission, id: number, at: number): QueuedMessage {
  const { traceId, virtualServer, source, reversePath, session, content, reporting } = submission;
  const held = heldOf(submission);
  return {
    id,
    fence: 1,
    traceId,
    virtualServer,
    source,
    state: held?.state ?? 'accepted',
    reversePath,
    recipients: freshRecipients(reportingOf(submission)),
    session,
    tags: session?.tags ?? {},
    size: sizeOf(content),
    acceptedAt: at,
    faults: 0,
    due: held === null ? 0 : null,
    reason: held?.reason ?? null,
    isCategorized: false,
    ret: reporting?.ret ?? null,
    envid: reporting?.envid ?? null,
    content,
  };
}

export function arrivalInput(settling: Settling, outcome: ArrivalOutcome | CategorizedOutcome): ArrivalInput {
  return { ...consequences(settling), outcome: wireArrival(settling.message, outcome) };
}

export function settleInput(settling: Settling, results: readonly Settlement[]): SettleInput {
  return { ...consequences(settling), results };
}

/** @returns the message as it goes on; null when its way ends, or pauses, here */
export function arrivedMessage(message: QueuedMessage, outcome: ArrivalOutcome): QueuedMessage | null {
  if (outcome.kind !== 'arrived' || outcome.recipients.length === 0) return null;
  const content = outcome.content ?? message.content;
  return {
    ...message,
    state: 'arrived',
    reason: null,
    reversePath: outcome.reversePath,
    recipients: sameRecipients(message, outcome.recipients)
      ? message.recipients
      : freshRecipients(outcome.recipients.map((address) => asBefore(message, address))),
    tags: outcome.tags,
    size: outcome.content ? sizeOf(outcome.content) : message.size,
    content,
  };
}

const tightCopy = (copy: Copy): Copy => ({ ...copy, content: copy.content && tight(copy.content) });

/** @returns the message as it goes on with its first copy; null when its way ends, or pauses, here */
export function categorizedMessage(message: QueuedMessage, outcome: CategorizedOutcome): QueuedMessage | null {
  const first = outcome.kind === 'copies' ? outcome.copies[0] : undefined;
  if (!first || first.held) return null;
  return {
    ...message,
    isCategorized: true,
    reversePath: first.reversePath,
    recipients: freshRecipients(first.recipients),
    size: first.content ? sizeOf(first.content) : message.size,
    content: first.content ?? message.content,
  };
}

function wireArrival(message: QueuedMessage, outcome: ArrivalOutcome | CategorizedOutcome): WireArrival {
  if (outcome.kind === 'defer') return outcome;
  if (outcome.kind === 'copies') {
    return { kind: 'copies', copies: outcome.copies.map(tightCopy), missed: outcome.missed ?? [] };
  }
  if (outcome.kind === 'held') return { ...outcome, content: outcome.content && tight(outcome.content) };
  if (outcome.kind === 'done' || outcome.recipients.length === 0) return { kind: 'done' };
  return {
    kind: 'arrived',
    content: outcome.content && tight(outcome.content),
    reversePath: outcome.reversePath,
    recipients: sameRecipients(message, outcome.recipients) ? null : outcome.recipients,
    tags: JSON.stringify(outcome.tags),
    missed: outcome.missed ?? [],
  };
}

function consequences({ message: { id, fence }, owner, now, reports, tells }: Settling) {
  return { claim: { id, fence, owner }, now, reports: reports.map(wireSubmission), tells: tells.map(wireTell) };
}

function wireTell({ key, event, traceId, virtualServer, payload }: Tell): WireTell {
  return { key, event, traceId, virtualServer, payload: JSON.stringify(payload) };
}

/** Each recipient with what RCPT said of it. */
function reportingOf({ recipients, reporting }: Submission): readonly ResolvedRecipient[] {
  return recipients.map((address, at) => ({ address, ...silent, ...reporting?.recipients[at] }));
}

const silent = { notify: null, orcpt: null };

/** A recipient that stays is reported as before; one a sink named, as usual. */
function asBefore({ recipients }: QueuedMessage, address: string): ResolvedRecipient {
  const before = recipients.find((one) => one.address === address);
  return { address, notify: before?.notify ?? null, orcpt: before?.orcpt ?? null };
}

function freshRecipients(resolved: readonly ResolvedRecipient[]): readonly QueuedRecipient[] {
  return resolved.map(({ address, notify, orcpt }, index) => ({
    id: index + 1,
    address,
    notify,
    orcpt,
    destination: null,
    isLate: false,
    state: 'pending',
    attempts: 0,
    nextAttempt: 0,
    lastReply: null,
  }));
}

function sameRecipients({ recipients }: QueuedMessage, addresses: readonly string[]): boolean {
  return recipients.length === addresses.length && recipients.every(({ address }, at) => address === addresses[at]);
}

/** A view into a larger buffer would take the whole buffer along to the other thread. */
function tight(content: Content): Content {
  if (content.kind === 'file' || content.octets.byteLength === content.octets.buffer.byteLength) return content;
  return { kind: 'inline', octets: new Uint8Array(content.octets) };
}
