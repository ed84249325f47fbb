import type { TextPosition } from '../../../sdk/edits.ts';
import { decodeUndeclared, findCharset, utf16Order, utf8, type Charset } from '../text/charset.ts';
import { findPlaces } from '../text/html-place.ts';
import { findQuotedLine } from '../text/quote-plain.ts';
import { toAsciiHtml } from '../text/html-place.ts';

/** A decoded body and the charset it is in; `converted` when that is no longer the one it came in. */
type Opened =
  | { readonly kind: 'text'; readonly content: Buffer; readonly charset: Charset; readonly converted: boolean }
  | { readonly kind: 'bad'; readonly reason: string };

/**
 * Chooses the charset of a body after the insertion: its own where that can represent the text, else UTF-8.
 *
 * @param label null when the part names none
 */
export function openText(content: Buffer, label: string | null, text: string, form: 'plain' | 'html'): Opened {
  const found = findCharset(label);
  if (!found) return { kind: 'bad', reason: `unknown charset ${(label ?? '').slice(0, 40)}` };
  const charset = found.name.replaceAll('-', '') === 'utf16' ? byteOrder(content) : found;
  const fits = charset.layout !== 'foreign' && charset.encode(form === 'html' ? toAsciiHtml(text) : text) !== null;
  if (fits) return { kind: 'text', content, charset, converted: false };
  const decoded = charset.name === 'us-ascii' ? decodeUndeclared(content) : charset.decode(content);
  if (decoded.includes('\ufffd')) return { kind: 'bad', reason: `octets that are no ${charset.name}` };
  return { kind: 'text', content: Buffer.from(decoded), charset: utf8, converted: true };
}

const byteOrder = (content: Buffer): Charset => findCharset(utf16Order(content, 'utf16')) ?? utf8;

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
  if (position === 'after') return view.length;
  const line = findQuotedLine(charset.decode(content).split(/\r?\n/));
  return line < 0 ? view.length : lineStart(view, line);
}

function lineStart(view: string, line: number): number {
  let at = 0;
  for (let left = line; left > 0; left -= 1) at = view.indexOf('\n', at) + 1;
  return at;
}
