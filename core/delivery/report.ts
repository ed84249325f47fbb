import { isAscii as isAsciiOctets } from 'node:buffer';
import type { Reply } from '../../sdk/reply.ts';
import { headerOf } from './report-header.ts';

/** What became of a recipient (RFC 3464 §2.3.3). */
export type Action = 'failed' | 'delayed' | 'delivered' | 'relayed';

/** A recipient, and what is said about it: that it was given up when `action` is left out. */
export type Failure = {
  readonly recipient: string;
  readonly reply: Reply;
  readonly action?: Action;
  /** The host that said so. */
  readonly host?: string | null;
  /** The recipient as the sender named it, in xtext (RFC 3461 §4.2). */
  readonly orcpt?: string | null;
};

/** What a report of several is about: the first of these that is among them. */
export function actionOf(failures: readonly Failure[]): Action {
  const among = new Set(failures.map(({ action = 'failed' }) => action));
  return (['failed', 'delayed', 'delivered', 'relayed'] as const).find((action) => among.has(action)) ?? 'failed';
}

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
  /** RFC 3461 §4.3: `FULL` sends the message back, anything else its header. */
  readonly ret: string | null;
  /** In xtext, as MAIL said it. */
  readonly envid: string | null;
  /** When delayed mail is given up, epoch milliseconds. */
  readonly expiry: number;
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
  const isFull = report.ret?.toUpperCase() === 'FULL' && actionOf(report.failures) === 'failed';
  const header = isFull ? report.octets : headerOf(report.octets);
  const is8bit = !isAsciiOctets(header);
  const parts = [
    { type: 'text/plain; charset=us-ascii', encoding: '7bit', body: Buffer.from(textOf(report)) },
    { type: 'message/delivery-status', encoding: '7bit', body: Buffer.from(statusOf(report)) },
    { type: isFull ? 'message/rfc822' : 'text/rfc822-headers', encoding: is8bit ? '8bit' : '7bit', body: header },
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

function topOf({ to, hostname, id, now, failures }: Report, boundary: string, encoding: string): string {
  return lines(
    `Date: ${dateOf(now)}`,
    `From: Mail Delivery System <postmaster@${hostname}>`,
    `To: <${oneLine(to)}>`,
    `Subject: ${wording[actionOf(failures)].subject}`,
    `Message-ID: <${id}@${hostname}>`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status;',
    ` boundary="${boundary}"`,
    `Content-Transfer-Encoding: ${encoding}`,
    '',
  );
}

const wording: Readonly<Record<Action, { readonly subject: string; readonly text: string }>> = {
  failed: { subject: 'Delivery failed', text: 'Your message could not be delivered to:' },
  delayed: { subject: 'Delivery delayed', text: 'Your message is late, and is still being tried for (nothing to do):' },
  delivered: { subject: 'Delivered', text: 'Your message was delivered to:' },
  relayed: { subject: 'Handed on', text: 'Your message was handed to a host that sends no reports, for:' },
};

function textOf({ hostname, failures }: Report): string {
  return lines(
    `This is the mail system at ${hostname}.`,
    '',
    wording[actionOf(failures)].text,
    '',
    ...failures.map(({ recipient, reply }) => `  ${ascii(recipient)}${crlf}    ${ascii(wordsOf(reply))}`),
    '',
    'The header of your message is attached.',
  );
}

/** Per-message fields, then a group of fields for each recipient (RFC 3464 §2.1). */
function statusOf({ hostname, acceptedAt, failures, envid, expiry }: Report): string {
  return lines(
    ...(envid === null ? [] : [`Original-Envelope-Id: ${ascii(decodeXtext(envid))}`]),
    `Reporting-MTA: dns; ${hostname}`,
    `Arrival-Date: ${dateOf(acceptedAt)}`,
    ...failures.flatMap(({ recipient, reply, action = 'failed', host, orcpt }) => [
      '',
      ...(orcpt ? [`Original-Recipient: ${ascii(originalOf(orcpt))}`] : []),
      `Final-Recipient: ${addressType(recipient)}; ${xtext(recipient)}`,
      `Action: ${action}`,
      `Status: ${reply.status}`,
      ...(host ? [`Remote-MTA: dns; ${ascii(host)}`] : []),
      ...(action === 'delayed' ? [`Will-Retry-Until: ${dateOf(expiry)}`] : []),
      `Diagnostic-Code: smtp; ${ascii(wordsOf(reply))}`,
    ]),
  );
}

/** `rfc822;a+2Bb@example.org` means `rfc822;a+b@example.org` (RFC 3461 §4). */
const decodeXtext = (text: string): string =>
  text.replaceAll(/\+([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

function originalOf(orcpt: string): string {
  const at = orcpt.indexOf(';');
  return `${orcpt.slice(0, at)}; ${decodeXtext(orcpt.slice(at + 1))}`;
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
