import type { Facts } from '../subject.ts';

/** @returns null where there is none yet */
export function reversePathOf({ payload }: Facts): string | null {
  return payload.envelope?.reversePath ?? payload.reversePath ?? null;
}

/** The recipient the event is about, else all of the envelope. */
export function recipientsOf({ payload }: Facts): readonly string[] {
  return payload.recipient === undefined ? (payload.envelope?.recipients ?? []) : [payload.recipient];
}

/** Octets, as far as known: of the message, else what MAIL declared (RFC 1870); -1 when neither. */
export function sizeOf(facts: Facts): number {
  const { payload, subject } = facts;
  const declared = payload.parameters?.['SIZE'];
  return (
    payload.size ?? subject.size ?? facts.message()?.size ?? (typeof declared === 'string' ? Number(declared) : -1)
  );
}

/**
 * `outbound` when any recipient is not ours, else `internal` when the originator is (one of our domains, or who
 * authenticated, or we ourselves), else `inbound`. A forged reverse-path of ours makes mail internal: a rule
 * that must not be fooled adds `authenticated`.
 */
export function directionOf(facts: Facts): 'inbound' | 'outbound' | 'internal' {
  const { subject } = facts;
  if (recipientsOf(facts).some((recipient) => !subject.isLocal(recipient))) return 'outbound';
  const reversePath = reversePathOf(facts) ?? '';
  const isOurs =
    subject.source === 'report' ||
    subject.source === 'sink' ||
    subject.source === 'pickup' ||
    (subject.session?.identity ?? null) !== null ||
    (reversePath !== '' && subject.isLocal(reversePath));
  return isOurs ? 'internal' : 'inbound';
}
