import type { Binding } from '../events/binding.ts';
import type { CategorizedOutcome, Copy, MissedEdit, QueuedMessage, ResolvedRecipient } from '../queue/queue.ts';
import { asFault } from '../errors.ts';
import { askAbout, deferOf, type ChainOutcome } from './arrive.ts';
import { expand } from './expand.ts';
import { giveUp, noConsequences, type Consequences } from './failures.ts';
import type { Retries } from './options.ts';
import type { DeliveryParts } from './parts.ts';
import type { Failure } from './report.ts';
import { isBoundTo, recordStep } from './trace.ts';

/** What is to be written before the message goes to its recipients; null: nothing, it goes as it is. */
export type Categorized = { readonly outcome: CategorizedOutcome; readonly consequences: Consequences } | null;

/**
 * Resolves the recipients and asks onCategorized about each copy. Nothing is written here, so that a crash on the way
 * starts it again.
 *
 * @throws Fault when the directory cannot be asked or the content not be read
 */
export async function categorize(parts: DeliveryParts, message: QueuedMessage, retries: Retries): Promise<Categorized> {
  const generation = parts.generation();
  generation.retain();
  try {
    const { recipients, refused, deferred, isChanged } = await expand(
      parts,
      message,
      message.isCategorized ? null : generation,
    );
    if (deferred) return await deferOf(parts, message, { text: deferred.text, retries });
    const isAsked =
      !message.isCategorized &&
      (isBoundTo(generation, message, 'onCategorized') || isBoundTo(generation, message, 'onResolve'));
    if (!isChanged && !isAsked) return null;
    if (!isAsked)
      return await copiesOf(parts, message, {
        copies: recipients.length > 0 ? [copyOf(message, recipients)] : [],
        failures: refused,
        missed: [],
        made: [],
      });
    return await askGroups(parts, message, { recipients, refused, retries });
  } finally {
    generation.release();
  }
}

type Group = { readonly recipients: readonly ResolvedRecipient[]; readonly without: readonly Binding[] };
type Groups = {
  readonly recipients: readonly ResolvedRecipient[];
  readonly refused: readonly Failure[];
  readonly retries: Retries;
};

/** Each fork makes the groups smaller, or takes its sink out of the chain: it ends. */
async function askGroups(
  parts: DeliveryParts,
  message: QueuedMessage,
  { recipients, refused, retries }: Groups,
): Promise<Categorized> {
  const todo: Group[] = recipients.length > 0 ? [{ recipients, without: [] }] : [];
  const copies: Copy[] = [];
  const missed: MissedEdit[] = [];
  const made: Consequences[] = [];
  for (let group = todo.shift(); group; group = todo.shift()) {
    const { outcome, consequences } = await askAbout(parts, asGroup(message, group), {
      event: 'onCategorized',
      retries,
      without: group.without,
    });
    if (outcome.kind === 'fork') {
      todo.unshift(...split(group, outcome));
      continue;
    }
    if (outcome.kind === 'arrived' && outcome.missed) missed.push(...outcome.missed);
    made.push(consequences);
    const copy = asCopy(message, group, outcome);
    if (copy) copies.push(copy);
    // The whole is asked about again: a copy that went ahead would be made twice.
    if (outcome.kind === 'defer' || (outcome.kind === 'held' && outcome.state === 'frozen')) {
      await discardAll(parts, { copies, made });
      return { outcome, consequences: noConsequences };
    }
  }
  return await copiesOf(parts, message, { copies, failures: refused, missed, made });
}

type Made = { readonly copies: readonly Copy[]; readonly made: readonly Consequences[] };
type Copies = Made & { readonly failures: readonly Failure[]; readonly missed: readonly MissedEdit[] };

async function copiesOf(parts: DeliveryParts, message: QueuedMessage, all: Copies): Promise<Categorized> {
  const { copies, failures, missed, made } = all;
  try {
    const own = await giveUp(parts, message, failures);
    const consequences = {
      reports: [...made.flatMap(({ reports }) => reports), ...own.reports],
      tells: [...made.flatMap(({ tells }) => tells), ...own.tells],
    };
    recordStep(parts, message, {
      event: 'categorized',
      detail: { copies: copies.map((one) => one.recipients.map(({ address }) => address)) },
    });
    return { outcome: { kind: 'copies', copies, missed }, consequences };
  } catch (thrown) {
    await discardAll(parts, all);
    throw asFault(thrown);
  }
}

/** What was written for copies and reports that are not to be. */
async function discardAll(parts: DeliveryParts, { copies, made }: Made): Promise<void> {
  const contents = [...copies, ...made.flatMap(({ reports }) => reports)].map(({ content }) => content);
  await Promise.allSettled(contents.flatMap((content) => (content ? [parts.content.discard(content)] : [])));
}

/** Ids as if it were a message of its own: events name recipients by address. */
function asGroup(message: QueuedMessage, { recipients }: Group): QueuedMessage {
  const fresh = {
    state: 'pending',
    attempts: 0,
    nextAttempt: 0,
    lastReply: null,
    destination: null,
    isLate: false,
  } as const;
  return { ...message, recipients: recipients.map((one, at) => ({ ...fresh, ...one, id: at + 1 })) };
}

/** A group the sink named nobody of is left out; those it did not name stay together. */
function split(
  { recipients, without }: Group,
  { groups, by }: Extract<ChainOutcome, { kind: 'fork' }>,
): readonly Group[] {
  const left = new Map(recipients.map((one) => [one.address.toLowerCase(), one]));
  const named = groups.map((addresses) =>
    addresses.flatMap((address) => {
      const one = left.get(address.toLowerCase());
      left.delete(address.toLowerCase());
      return one ? [one] : [];
    }),
  );
  const parted = [...named, [...left.values()]].filter((one) => one.length > 0);
  // Nothing to split: the others are asked, and this sink has had its say.
  if (parted.length < 2) return [{ recipients, without: by ? [...without, by] : without }];
  return parted.map((one) => ({ recipients: one, without }));
}

const copyOf = ({ reversePath }: QueuedMessage, recipients: readonly ResolvedRecipient[]): Copy => ({
  content: null,
  reversePath,
  recipients,
  held: null,
});

function asCopy(message: QueuedMessage, { recipients }: Group, outcome: ChainOutcome): Copy | null {
  if (outcome.kind === 'held' && outcome.state !== 'frozen') {
    const { content, state, reason } = outcome;
    return { ...copyOf(message, recipients), content, held: { state, reason } };
  }
  if (outcome.kind !== 'arrived') return null;
  const before = new Map(recipients.map((one) => [one.address, one]));
  const now = outcome.recipients.map((address) => before.get(address) ?? { address, notify: null, orcpt: null });
  return now.length === 0
    ? null
    : { content: outcome.content, reversePath: outcome.reversePath, recipients: now, held: null };
}
