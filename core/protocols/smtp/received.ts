import { isIPv6 } from 'node:net';
import type { SmtpSession } from './session.ts';

export type Trace = {
  /** Our own name. */
  readonly hostname: string;
  /** Trace and queue id of the message. */
  readonly id: string;
  /** The recipient; null unless there is exactly one, so that nobody learns of another. */
  readonly recipient: string | null;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Whether the client said SMTPUTF8. */
  readonly isInternational?: boolean;
};

/**
 * The trace field that goes on top of a message we take.
 *
 * @returns one folded field, CRLF at its end
 * @source RFC 5321 §4.4, RFC 3848 (ESMTPSA), RFC 6531 §3.7.3 (UTF8SMTPSA)
 */
export function formatReceived(
  session: SmtpSession,
  { hostname, id, recipient, at, isInternational = false }: Trace,
): string {
  const { address } = session.remote;
  const literal = isIPv6(address) ? `[IPv6:${address}]` : `[${address}]`;
  const tls = session.tls ? ` (${session.tls.version} ${session.tls.cipher})` : '';
  const forClause = recipient === null ? '' : `\r\n\tfor <${recipient}>`;
  return (
    `Received: from ${session.ehlo ?? literal} (${literal})\r\n` +
    `\tby ${hostname} with ${protocolOf(session, isInternational)}${tls} id ${id}${forClause};\r\n` +
    `\t${formatDate(at)}\r\n`
  );
}

function protocolOf({ isExtended, tls, identity }: SmtpSession, isInternational: boolean): string {
  if (!isExtended && tls === null) return 'SMTP';
  return `${isInternational ? 'UTF8SMTP' : 'ESMTP'}${tls === null ? '' : 'S'}${identity === null ? '' : 'A'}`;
}

/** `date-time` of RFC 5322 §3.3, in UTC. */
function formatDate(at: number): string {
  return new Date(at).toUTCString().replace('GMT', '+0000');
}
