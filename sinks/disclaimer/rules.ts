import type { Message } from '@sluice/sdk';
import { isLikeAny } from './pattern.ts';
import type { Sender } from './sender.ts';
import type { Rule, When } from './settings.ts';
import { decodeWords } from './words.ts';

/** The groups the rules of a binding name, each once: `group:sales@example.com`. */
export function groupsIn(rules: readonly Pick<Rule, 'when'>[]): readonly string[] {
  const named = rules.flatMap(({ when: { sender = [], notSender = [], recipient = [], notRecipient = [] } }) => [
    ...sender,
    ...notSender,
    ...recipient,
    ...notRecipient,
  ]);
  return [...new Set(named.filter((one) => one.startsWith('group:')))];
}

/** What rules look at. */
export type Situation = {
  readonly message: Message;
  readonly sender: Sender;
  readonly recipients: readonly string[];
  /** Members of the groups the rules name, in lower case, by `group:sales@example.com`. */
  readonly groups: ReadonlyMap<string, ReadonlySet<string>>;
  /** Who is internal: address patterns. */
  readonly internal: readonly string[];
  /** Whether whoever sent this is one of us; `direction` says how it is judged. */
  readonly isOurs: boolean;
};

/** Null: the rule is for this message. Else why not, in words. */
export function whyRuleNot({ when, mixed }: Rule, situation: Situation): string | null {
  return whySender(when, situation) ?? whyFields(when, situation.message) ?? whyRecipients({ when, mixed }, situation);
}

/**
 * Whether a message is from one of us: its client authenticated, or author and reverse-path both are internal. From alone
 * would let anybody outside choose the rules of the house.
 */
export function judgeOurs(
  { address }: Sender,
  { reversePath, identity }: { readonly reversePath: string; readonly identity: string | null },
  internal: readonly string[],
): boolean {
  return identity !== null || (isLikeAny(address, internal) && isLikeAny(reversePath, internal));
}

function whySender(when: When, { sender, isOurs, internal, groups, message }: Situation): string | null {
  const { direction, sender: wanted, notSender: unwanted } = when;
  if (direction && !isOurs && !direction.includes('inbound')) return 'its sender is external';
  if (direction && isOurs && direction.every((one) => one === 'inbound')) return 'its sender is internal';
  const isAmong = among({ internal, groups, isInternal: isOurs });
  if (wanted && !isAmong(sender.address, wanted)) return `${sender.address} is not in when.sender`;
  if (unwanted && isAmong(sender.address, unwanted)) return `${sender.address} is in when.notSender`;
  return whySize(when, message.size);
}

function whySize({ sizeOver, sizeUnder }: When, size: number): string | null {
  if (sizeOver !== undefined && size <= sizeOver) return `it has no more than ${sizeOver} octets`;
  return sizeUnder !== undefined && size >= sizeUnder ? `it has at least ${sizeUnder} octets` : null;
}

function whyFields({ header = {}, notHeader = {} }: When, message: Message): string | null {
  const has = (name: string, patterns: readonly string[]): boolean =>
    message.all(name).some((value) => isLikeAny(decodeWords(value.slice(0, 2_000)).trim(), patterns));
  const lacking = Object.entries(header).find(([name, patterns]) => !has(name, patterns));
  if (lacking) return `its ${lacking[0]} is not as in when.header`;
  const having = Object.entries(notHeader).find(([name, patterns]) => has(name, patterns));
  return having ? `its ${having[0]} is as in when.notHeader` : null;
}

/** One copy goes to all recipients: `mixed` says what to do when the rule is for some of them only. */
function whyRecipients({ when, mixed }: Pick<Rule, 'when' | 'mixed'>, situation: Situation): string | null {
  const { recipients } = situation;
  const excluded = recipients.find((one) => among(situation)(one, when.notRecipient ?? []));
  if (excluded !== undefined) return `${excluded} is in when.notRecipient`;
  const fit = recipients.filter((one) => isFor(one, when, situation));
  if (fit.length === 0)
    return when.recipient ? 'no recipient is in when.recipient' : 'no recipient is in that direction';
  return mixed === 'skip' && fit.length < recipients.length
    ? `only ${fit.length} of ${recipients.length} recipients are meant, and mixed is skip`
    : null;
}

function isFor(recipient: string, { direction, recipient: wanted }: When, situation: Situation): boolean {
  const { isOurs, internal } = situation;
  const way = !isOurs ? 'inbound' : isLikeAny(recipient, internal) ? 'internal' : 'outbound';
  if (direction && !direction.includes(way)) return false;
  return !wanted || among(situation)(recipient, wanted);
}

/** Knows the words `internal` and `external`, and groups, beside patterns. */
const among =
  ({ internal, groups, isInternal }: Pick<Situation, 'internal' | 'groups'> & { readonly isInternal?: boolean }) =>
  (address: string, patterns: readonly string[]): boolean => {
    if (isLikeAny(address, patterns)) return true;
    const word = (isInternal ?? isLikeAny(address, internal)) ? 'internal' : 'external';
    const folded = address.toLowerCase();
    return patterns.includes(word) || patterns.some((one) => groups.get(one)?.has(folded) ?? false);
  };
