import { reply, type Reply } from '../../sdk/reply.ts';
import type { RetryOptions } from '../relay/options.ts';
import type { QueuedMessage, QueuedRecipient } from '../queue/queue.ts';

/** What a failure that may pass means for a recipient. */
export type Retrial =
  /** `isLate`: the sender is told now, the first and only time. */
  | { readonly kind: 'again'; readonly until: number; readonly isLate: boolean }
  | { readonly kind: 'expired'; readonly reply: Reply };

/** @param why what was said last; it goes into the report. @source RFC 5321 §4.5.4.1 */
export function retrialOf(
  { acceptedAt, faults }: Pick<QueuedMessage, 'acceptedAt' | 'faults'>,
  { attempts, isLate }: Pick<QueuedRecipient, 'attempts' | 'isLate'>,
  { retry, now, why }: { readonly retry: RetryOptions; readonly now: number; readonly why: Reply },
): Retrial {
  const age = now - acceptedAt;
  if (age >= retry.expiry && faults === 0) return { kind: 'expired', reply: expired(why) };
  const wait = retry.schedule[Math.min(attempts, retry.schedule.length - 1)] ?? retry.expiry;
  // The last attempt is at the end of its time, not after it.
  const until = Math.max(now + 1, Math.min(now + wait, acceptedAt + retry.expiry));
  return { kind: 'again', until, isLate: !isLate && retry.delayNotice > 0 && age >= retry.delayNotice };
}

/** RFC 3463 §3.5: 4.7 is "delivery time expired"; the text stays that of the last host asked. */
const expired = ({ code, status, text }: Reply): Reply =>
  reply(554, '4.7', `Delivery time expired; last: ${code} ${status} ${text}`.slice(0, 480));
