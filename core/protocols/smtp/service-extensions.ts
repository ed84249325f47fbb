import type { Reply } from '../../../sdk/reply.ts';
import type { Parameters } from './parameters.ts';
import { replies } from './replies.ts';
import type { SmtpOptions } from './services.ts';
import type { SmtpSession } from './session.ts';

type Value = string | true;

/** A parameter of MAIL or RCPT. */
type Row = {
  /** The EHLO keyword it belongs to: what was not announced is not known. */
  readonly extension: string;
  readonly source: string;
  /** @returns why the value is refused; null when it is good */
  check(value: Value, options: SmtpOptions): Reply | null;
};

/** What it means must be printable too: `+0D+0A` is a line end to whoever decodes it. */
const xtext = (most: number): RegExp => new RegExp(`^(?:[!-*,-<>-~]|\\+(?:[2-6][0-9A-F]|7[0-9A-E])){1,${most}}$`);
const isText = (value: Value, pattern: RegExp): boolean => value !== true && pattern.test(value);
const wellFormed =
  (pattern: RegExp): Row['check'] =>
  (value) =>
    isText(value, pattern) ? null : replies.parameterSyntax;

/** Type of address, and the address in xtext. */
const originalRecipient = new RegExp(
  `^(?:[A-Za-z0-9-]{1,64};${xtext(500).source.slice(1, -1)}|[Uu][Tt][Ff]-8;(?:[!-*,-<>-~\\u{a0}-\\u{10ffff}]|\\+(?:[2-6][0-9A-F]|7[0-9A-E])){1,500})$`,
  'u',
);

/** Every parameter of MAIL (RFC 5321 §4.1.1.11). */
export const mailParameters: ReadonlyMap<string, Row> = new Map<string, Row>([
  [
    'SIZE',
    {
      extension: 'SIZE',
      source: 'RFC 1870 §3',
      check(value, { limits }) {
        if (!isText(value, /^\d{1,20}$/)) return replies.parameterSyntax;
        return Number(value) > limits.size ? replies.tooLarge(limits.size) : null;
      },
    },
  ],
  [
    'BODY',
    {
      extension: '8BITMIME',
      source: 'RFC 6152 §2',
      check(value) {
        if (value === true) return replies.parameterSyntax;
        return /^(?:7BIT|8BITMIME)$/i.test(value) ? null : replies.unknownParameter(`BODY=${value}`);
      },
    },
  ],
  // Whom the message was first submitted by, as a relay says; believed by nobody here.
  ['AUTH', { extension: 'AUTH', source: 'RFC 4954 §5', check: wellFormed(orEmpty(xtext(500))) }],
  [
    'SMTPUTF8',
    {
      extension: 'SMTPUTF8',
      source: 'RFC 6531 §3.4',
      check: (value) => (value === true ? null : replies.parameterSyntax),
    },
  ],
  ['RET', { extension: 'DSN', source: 'RFC 3461 §4.3', check: wellFormed(/^(?:FULL|HDRS)$/i) }],
  ['ENVID', { extension: 'DSN', source: 'RFC 3461 §4.4', check: wellFormed(xtext(100)) }],
]);

/** Every parameter of RCPT. */
export const rcptParameters: ReadonlyMap<string, Row> = new Map<string, Row>([
  [
    'NOTIFY',
    {
      extension: 'DSN',
      source: 'RFC 3461 §4.1',
      check: wellFormed(/^(?:NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY)){0,2})$/i),
    },
  ],
  ['ORCPT', { extension: 'DSN', source: 'RFC 3461 §4.2', check: wellFormed(originalRecipient) }],
]);

function orEmpty(pattern: RegExp): RegExp {
  return new RegExp(`^<>$|${pattern.source}`);
}

/**
 * Whether all parameters are known and well-formed: 555 for those that were not announced (RFC 5321 §4.1.1.11).
 *
 * @returns what the client is told; null when all is well
 */
export function checkParameters(
  rows: ReadonlyMap<string, Row>,
  parameters: Parameters,
  session: SmtpSession,
  options: SmtpOptions,
): Reply | null {
  for (const [name, value] of Object.entries(parameters)) {
    const row = rows.get(name);
    if (!row || !session.offers(row.extension)) return replies.unknownParameter(name);
    const refused = row.check(value, options);
    if (refused) return refused;
  }
  return null;
}
