import type { Reply } from '../../sdk/reply.ts';

/** One recipient, with what RCPT said of reports (RFC 3461 §4). */
export type RelayRecipient = {
  readonly id: number;
  readonly address: string;
  /** `NEVER`, or some of `SUCCESS`, `FAILURE`, `DELAY`; null: nothing was said. */
  readonly notify: string | null;
  /** `rfc822;bob@example.org`, xtext as it came; null: nothing was said. */
  readonly orcpt: string | null;
};

/** One message on its way to one destination. */
export type RelayMail = {
  readonly virtualServer: string;
  /** What we call ourselves (EHLO). */
  readonly name: string;
  /** `''` is the null reverse-path. */
  readonly reversePath: string;
  readonly recipients: readonly RelayRecipient[];
  readonly octets: Uint8Array;
  /** `FULL` or `HDRS`; null: nothing was said (RFC 3461 §4.3). */
  readonly ret: string | null;
  /** As it came, in xtext (RFC 3461 §4.4). */
  readonly envid: string | null;
};

/** What became of one recipient. `dsn`: the next host has taken over reporting (RFC 3461 §5.2). */
export type RelayResult = {
  readonly id: number;
  readonly kind: 'delivered' | 'failed' | 'deferred' | 'dropped';
  readonly reply: Reply;
  /** The host that said so; null when none did. */
  readonly host: string | null;
  readonly dsn: boolean;
};

/** @returns the same for every recipient */
export function allOf(mail: RelayMail, why: Reply, host: string | null = null): readonly RelayResult[] {
  const kind = why.code < 500 ? 'deferred' : 'failed';
  return mail.recipients.map(({ id }) => ({ id, kind, reply: why, host, dsn: false }));
}
