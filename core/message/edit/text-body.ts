import type { TextPosition } from '../../../sdk/edits.ts';
import type { Content } from '../codings/transfer.ts';
import { decodeUndeclared, findCharset, utf16Order, utf8, type Charset } from '../text/charset.ts';
import { findPlaces } from '../text/html-place.ts';
import { findQuotedLine } from '../text/quote-plain.ts';

/** A decoded body and the charset it is in; `converted` when that is no longer the one it came in. */
type Opened =
  | { readonly kind: 'text'; readonly content: Content; readonly charset: Charset; readonly converted: boolean }
  | { readonly kind: 'bad'; readonly reason: string };

/**
 * Chooses the charset of a body after an insertion: its own where that can represent the text, else UTF-8.
 *
 * @param label null when the part names none
 */
export function openText(content: Content, label: string | null, text: string): Opened {
  const found = findCharset(label);
  if (!found) return { kind: 'bad', reason: `unknown charset ${(label ?? '').slice(0, 40)}` };
  const charset = found.name.replaceAll('-', '') === 'utf16' ? byteOrder(content.octets) : found;
  const fits = charset.layout !== 'foreign' && charset.encode(text) !== null;
  if (fits) return { kind: 'text', content, charset, converted: false };
  const decoded = charset.name === 'us-ascii' ? decodeUndeclared(content.octets) : charset.decode(content.octets);
  if (decoded.includes('\ufffd')) return { kind: 'bad', reason: `octets that are no ${charset.name}` };
  const octets = Buffer.from(decoded);
  return { kind: 'text', content: { octets, rawOffset: () => 0 }, charset: utf8, converted: true };
}

const byteOrder = (content: Buffer): Charset => findCharset(utf16Order(content, 'utf16')) ?? utf8;

const toAscii = '\u001b(B';

/** Text in ASCII for a place where ISO-2022-JP may be in another state: escapes there and back (RFC 1468). */
export function inAscii(content: Buffer, offset: number, octets: Buffer): Buffer {
  const escape = offset === 0 ? -1 : content.lastIndexOf(0x1b, offset - 1);
  const state = escape < 0 ? toAscii : content.toString('latin1', escape, escape + 3);
  if (state === toAscii || state === '\u001b(J') return octets;
  const back =
    offset < content.length ? content.subarray(escape, escape + (state === '\u001b$(' ? 4 : 3)) : Buffer.alloc(0);
  return Buffer.concat([Buffer.from(toAscii), octets, back]);
}

/** The body as text whose offsets are those of octets (of pairs of octets in UTF-16), ASCII where it is ASCII. */
export function viewOf(content: Buffer, charset: Charset): string {
  if (charset.layout === 'utf-16') return charset.decode(content);
  const text = content.toString('latin1');
  return charset.layout === 'shifted' && text.includes('\u001b') ? maskShifted(text) : text;
}

/** Replaces what stands between an escape to a set of two octets and the escape back to ASCII. */
function maskShifted(text: string): string {
  const pieces: string[] = [];
  let ascii = true;
  let start = 0;
  for (let at = text.indexOf('\u001b'); at >= 0; at = text.indexOf('\u001b', at + 1)) {
    pieces.push(ascii ? text.slice(start, at) : mask(text.slice(start, at)));
    start = at;
    ascii = text[at + 1] === '(' && (text[at + 2] === 'B' || text[at + 2] === 'J');
  }
  return pieces.join('') + (ascii ? text.slice(start) : mask(text.slice(start)));
}

const mask = (text: string): string => text.replaceAll(/[^\r\n]/g, 'x');

/** LIMIT: in longer texts the quoted message is not looked for, the end is taken; units of the view. */
const searchLimit = 1024 * 1024;

type Where = {
  readonly content: Buffer;
  readonly charset: Charset;
  readonly form: 'plain' | 'html';
  readonly position: TextPosition;
};

/** @returns the offset in the view where the text goes */
export function locate(view: string, { content, charset, form, position }: Where): number {
  const start = view.startsWith('\ufeff') ? 1 : view.startsWith('ï»¿') ? 3 : 0;
  if (form === 'html') {
    const { top, bottom, quote } = findPlaces(view, position === 'below-newest-reply');
    if (position === 'before') return Math.max(top, start);
    return position === 'below-newest-reply' && quote >= 0 ? quote : bottom;
  }
  if (position === 'before') return start;
  if (position === 'after' || view.length > searchLimit) return view.length;
  const line = findQuotedLine(charset.decode(content).split(/\r?\n/));
  return line < 0 ? view.length : lineStart(view, line);
}

function lineStart(view: string, line: number): number {
  let at = 0;
  for (let left = line; left > 0; left -= 1) at = view.indexOf('\n', at) + 1;
  return at;
}
