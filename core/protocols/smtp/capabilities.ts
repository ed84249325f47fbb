import type { Edit } from '../../../sdk/edits.ts';
import { isConfidential } from '../../auth/auth.ts';
import { mechanismsFor, verifierFor, type Verifier } from '../../auth/sasl.ts';
import type { Server } from './services.ts';
import type { SmtpSession } from './session.ts';

/** Capabilities a sink may add; more are left out. */
const most = 50;

/**
 * What this server can do, as EHLO lines. SMTPUTF8 holds on every way a message can go: the store takes octets as they
 * are, POP3 shows them so, and a next host without SMTPUTF8 makes a report (5.6.7).
 */
export function ownCapabilities(server: Server, session: SmtpSession): readonly string[] {
  const lines = [
    'PIPELINING',
    `SIZE ${server.options.limits.size}`,
    '8BITMIME',
    'SMTPUTF8',
    'ENHANCEDSTATUSCODES',
    'CHUNKING',
    'DSN',
    // RFC 9422; what one connection and one message may have.
    `LIMITS MAILMAX=${server.options.limits.messagesPerConnection} RCPTMAX=${server.options.limits.recipients}`,
  ];
  if (session.tls === null && server.tls() !== null) lines.push('STARTTLS');
  // Not offered where others can listen: a client might try, and be heard (RFC 4954 §4).
  if (takesPasswords(server, session)) lines.push(`AUTH ${mechanismsFor(verifierOf(server, session)).join(' ')}`);
  return lines;
}

/** What SASL mechanisms check with on this connection. */
export const verifierOf = ({ options, services }: Server, session: SmtpSession): Verifier =>
  verifierFor(services.auth, options.auth.tokens, session);

/** Whether a password may be asked for on this connection. */
export function takesPasswords({ options }: Server, session: SmtpSession): boolean {
  if (options.requireTls && session.tls === null) return false;
  return options.auth.allowPlaintext || isConfidential(session);
}

/** Adds and hides lines as the sinks said, in order. A line that is no `ehlo-line` (RFC 5321 §4.1.1.1) is left out. */
export function editCapabilities(lines: readonly string[], edits: readonly Edit[]): readonly string[] {
  let edited = lines;
  for (const edit of edits) {
    if (edit.kind === 'hide-capability') {
      const hidden = edit.keyword.toUpperCase();
      // UTF-8 needs 8 bits (RFC 6531 §3.1 item 8).
      const isGone = (keyword: string): boolean =>
        keyword === hidden || (keyword === 'SMTPUTF8' && hidden === '8BITMIME');
      edited = edited.filter((line) => !isGone(keywordOf(line)));
    }
    if (edit.kind === 'add-capability' && isEhloLine(edit.line) && edited.length < most)
      edited = [...edited, edit.line];
  }
  return edited;
}

export function keywordsOf(lines: readonly string[]): ReadonlySet<string> {
  return new Set(lines.map(keywordOf));
}

function keywordOf(line: string): string {
  return (line.split(' ', 1)[0] ?? '').toUpperCase();
}

function isEhloLine(line: string): boolean {
  return line.length <= 200 && /^[A-Za-z0-9][A-Za-z0-9-]*(?: [\x21-\x7e]+)*$/.test(line);
}
