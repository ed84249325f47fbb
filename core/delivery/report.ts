import type { Reply } from '../../sdk/reply.ts';
import { headerOf } from './report-header.ts';

/** A recipient that was given up, and what is said about it. */
export type Failure = { readonly recipient: string; readonly reply: Reply };

export type Report = {
  /** Where it goes: the reverse-path of the message; never the null one (RFC 5321 §6.1). */
  readonly to: string;
  readonly failures: readonly Failure[];
  /** The message as it was, of which the header goes back. */
  readonly octets: Uint8Array;
  /** What the virtual server calls itself. */
  readonly hostname: string;
  /** Printable, unguessable: names the report and parts it. */
  readonly id: string;
  readonly acceptedAt: number;
  readonly now: number;
};

const crlf = '\r\n';

/**
 * Writes a report of what could not be delivered: for a person, for a program, and the header of the message.
 *
 * @returns the octets of a message with the null reverse-path
 * @source RFC 3464 (delivery-status), RFC 6522 (multipart/report), RFC 3834 §5 (Auto-Submitted)
 */
export function writeReport(report: Report): Uint8Array {
  const boundary = `sluice-report-${report.id}`;
  const header = headerOf(report.octets);
  const is8bit = header.some((octet) => octet > 0x7f);
  const parts = [
    { type: 'text/plain; charset=us-ascii', encoding: '7bit', body: Buffer.from(textOf(report)) },
    { type: 'message/delivery-status', encoding: '7bit', body: Buffer.from(statusOf(report)) },
    { type: 'text/rfc822-headers', encoding: is8bit ? '8bit' : '7bit', body: header },
  ];
  return Buffer.concat([
    Buffer.from(topOf(report, boundary, is8bit ? '8bit' : '7bit')),
    ...parts.flatMap(({ type, encoding, body }) => [
      Buffer.from(
        `--${boundary}${crlf}Content-Type: ${type}${crlf}Content-Transfer-Encoding: ${encoding}${crlf}${crlf}`,
      ),
      body,
      Buffer.from(crlf),
    ]),
    Buffer.from(`--${boundary}--${crlf}`),
  ]);
}

function topOf({ to, hostname, id, now }: Report, boundary: string, encoding: string): string {
  return lines(
    `Date: ${dateOf(now)}`,
    `From: Mail Delivery System <postmaster@${hostname}>`,
    `To: <${oneLine(to)}>`,
    'Subject: Delivery failed',
    `Message-ID: <${id}@${hostname}>`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status;',
    ` boundary="${boundary}"`,
    `Content-Transfer-Encoding: ${encoding}`,
    '',
  );
}

function textOf({ hostname, failures }: Report): string {
  return lines(
    `This is the mail system at ${hostname}.`,
    '',
    'Your message could not be delivered to:',
    '',
    ...failures.map(({ recipient, reply }) => `  ${ascii(recipient)}${crlf}    ${ascii(wordsOf(reply))}`),
    '',
    'The header of your message is attached.',
  );
}

/** Per-message fields, then a group of fields for each recipient (RFC 3464 §2.1). */
function statusOf({ hostname, acceptedAt, failures }: Report): string {
  return lines(
    `Reporting-MTA: dns; ${hostname}`,
    `Arrival-Date: ${dateOf(acceptedAt)}`,
    ...failures.flatMap(({ recipient, reply }) => [
      '',
      `Final-Recipient: ${addressType(recipient)}; ${xtext(recipient)}`,
      'Action: failed',
      `Status: ${reply.status}`,
      `Diagnostic-Code: smtp; ${ascii(wordsOf(reply))}`,
    ]),
  );
}

const lines = (...all: readonly string[]): string => all.map((line) => `${line}${crlf}`).join('');
const wordsOf = ({ code, status, text }: Reply): string => `${code} ${status} ${text}`;
/** RFC 5322 §3.3 wants a numeric zone where HTTP says GMT. */
const dateOf = (instant: number): string => new Date(instant).toUTCString().replace('GMT', '+0000');

/** What came from outside must not become a line of its own. */
const oneLine = (text: string): string => text.replaceAll(/\p{Cc}/gu, '');
const ascii = (text: string): string => oneLine(text).replaceAll(/[^ -~]/g, '?');

const isAscii = (text: string): boolean => /^[ -~]*$/.test(oneLine(text));
const addressType = (address: string): string => (isAscii(address) ? 'rfc822' : 'utf-8');

/** An internationalized address in a field of ASCII: `\x{…}` for what is not (RFC 6533 §3, utf-8-addr-xtext). */
function xtext(address: string): string {
  if (isAscii(address)) return oneLine(address);
  return oneLine(address).replaceAll(
    /[^!-~]|[\\+=]/gu,
    (one) => `\\x{${(one.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`,
  );
}
