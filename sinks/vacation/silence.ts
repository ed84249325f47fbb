import type { Message } from '@sluice/sdk';

/** Local parts behind which nobody reads: RFC 3834 §2, and those of list managers and machines. */
const machines =
  /^(?:owner-.*|.*-(?:owner|request|bounces?|relay)|mailer-daemon|listserv|majordomo|(?:no|do-?not)[-_.]?reply.*|postmaster|bounces?(?:[+-].*)?|daemon|nobody|root)$/i;

/**
 * Why a message gets no answer: it is from a machine, or was not written to this person.
 *
 * @param own every address of the person
 * @returns null when it gets one
 * @source RFC 3834 §2, §4; RFC 2369, RFC 2919 (lists); RFC 3464 (reports)
 */
export function whySilent(message: Message, reversePath: string, own: readonly string[]): string | null {
  if (reversePath === '') return 'the null reverse-path';
  const [, local = ''] = /^(.{1,64})@/.exec(reversePath) ?? [];
  if (machines.test(local)) return `${local} is no person`;
  const mine = own.map((one) => one.toLowerCase());
  if (mine.includes(reversePath.toLowerCase())) return 'from the same person';
  const auto = (message.field('Auto-Submitted') ?? 'no').split(';', 1)[0]?.trim().toLowerCase();
  if (auto !== 'no') return `Auto-Submitted: ${auto}`;
  const list = message.fields.find(([name]) => /^list-/i.test(name));
  if (list) return `${list[0]} of a list`;
  const precedence = (message.field('Precedence') ?? '').trim().toLowerCase();
  if (/^(?:bulk|list|junk|auto_reply)$/.test(precedence)) return `Precedence: ${precedence}`;
  if (/\b(?:all|oof|autoreply)\b/i.test(message.field('X-Auto-Response-Suppress') ?? ''))
    return 'X-Auto-Response-Suppress';
  if (message.field('X-Loop') !== null || message.field('X-Sluice-Loop') !== null) return 'it came of an answer';
  if (/^(?:yes|true)/i.test((message.field('X-Spam') ?? message.field('X-Spam-Flag') ?? '').trim())) return 'spam';
  if (message.tree.type === 'multipart/report') return 'a report';
  return isNamed(message, mine) ? null : 'To and Cc do not name the person';
}

/** RFC 3834 §2: an answer is for those who wrote to the person, not to a list the person is on. */
function isNamed(message: Message, own: readonly string[]): boolean {
  const fields = ['To', 'Cc', 'Resent-To', 'Resent-Cc'].flatMap((name) => message.all(name));
  const named =
    fields
      .join(' ')
      .slice(0, 100_000)
      .toLowerCase()
      .match(/[^\s<>,;:"()]{1,64}@[a-z0-9.-]{1,255}/g) ?? [];
  return named.some((one) => own.includes(one.replace(/\+[^@]{0,64}@/, '@')) || own.includes(one));
}
