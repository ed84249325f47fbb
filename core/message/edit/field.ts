import { encodeValue } from '../words.ts';

/** Octets a line should have at most, and may have at most (RFC 5322 §2.1.1), without its line end. */
const preferred = 78;
const hard = 998;

/** A field as octets, or why there can be none. */
export type Formatted =
  | { readonly kind: 'field'; readonly octets: Buffer }
  | { readonly kind: 'bad'; readonly reason: string };

/** Fields that say how to read the message; only edits of parts change them. */
const structural = new Set(['content-type', 'content-transfer-encoding', 'mime-version']);
const addresses = /^(?:resent-)?(?:from|sender|to|cc|bcc|reply-to)$/;

/** @returns why no edit may touch a field of that name; null when one may */
export function refuseName(name: string): string | null {
  if (!/^[\x21-\x39\x3b-\x7e]{1,76}$/.test(name)) return 'a field name is 1 to 76 printable characters without colon';
  return structural.has(name.toLowerCase()) ? `${name} belongs to the MIME structure` : null;
}

/**
 * Writes one field: encoded-words where the value is not ASCII, folded at 78 octets where it has white space.
 *
 * @source RFC 5322 §2.2.3, RFC 2047 §5
 */
export function formatField(name: string, value: string, lineEnd: string): Formatted {
  const bad = refuseName(name) ?? refuseValue(name, value);
  if (bad !== null) return { kind: 'bad', reason: bad };
  const ascii = encodeValue(value.isWellFormed() ? value : value.toWellFormed(), addresses.test(name.toLowerCase()));
  if (ascii === null) return { kind: 'bad', reason: `the value of ${name} has an address that is not ASCII` };
  const lines = fold(name, ascii.trim());
  if (lines.some(({ length }) => length > hard))
    return { kind: 'bad', reason: `the value of ${name} has a word that does not fit a line of ${hard} octets` };
  return { kind: 'field', octets: Buffer.from(lines.map((line) => line + lineEnd).join(''), 'latin1') };
}

function refuseValue(name: string, value: string): string | null {
  if (/[^\P{Cc}\t]|[\u2028\u2029]/u.test(value)) return `the value of ${name} has control characters`;
  if (value.length > 100_000) return `the value of ${name} is longer than 100,000 characters`;
  if (/^content-/i.test(name) && /[^\0-\u007f]/.test(value)) return `the value of ${name} must be ASCII`;
  return null;
}

/** Breaks before white space, which stays, so unfolding gives the value back; never leaves a line of white space. */
function fold(name: string, value: string): readonly string[] {
  const lines: string[] = [];
  let line = `${name}:`;
  for (const piece of ` ${value}`.match(/[ \t]+[^ \t]*/g) ?? []) {
    const empty = lines.length === 0 && line.length === name.length + 1;
    const fits = line.length + piece.length <= preferred;
    if (fits || (empty && line.length + piece.length <= hard)) line += piece;
    else {
      lines.push(line);
      line = piece;
    }
  }
  return [...lines, value === '' ? `${name}:` : line];
}
