import { decodeTransfer, spliceTransfer, type Splice, type Transfer } from '../codings/transfer.ts';
import { findTail } from '../text/html-tail.ts';
import type { Flow } from '../text/flowed.ts';
import { findCharset } from '../text/charset.ts';
import { frame } from './frame.ts';
import { isSafe } from './safe.ts';

/** Shorter bodies are read as a whole. */
const shortest = 4096;
/** Octets before the place that are looked at. */
const reach = 512;

/** A text for the end of an encoded body. */
export type Ending = {
  readonly form: 'plain' | 'html';
  readonly text: string;
  readonly transfer: Transfer;
  /** As the part names it. */
  readonly charset: string | null;
  readonly flow: Flow | null;
  /** For a body that has no line end of its own. */
  readonly lineEnd: string;
  readonly boundaries: readonly string[];
};

/**
 * Puts a text at the end of a body of which only the last lines are decoded.
 *
 * @returns the change; null when the body has to be read as a whole
 */
export function spliceTail(raw: Buffer, ending: Ending): Splice | null {
  const { form, text, transfer, flow, lineEnd, boundaries } = ending;
  if (raw.length < shortest || transfer === 'base64') return null;
  const charset = findCharset(ending.charset);
  const encodes = charset?.layout === 'octets' && charset.encode(text) !== null;
  if (!encodes) return null;

  const written = transfer === 'quoted-printable' ? transfer : 'plain';
  const place = form === 'plain' ? raw.length : findTail(raw.toString('latin1'), written);
  if (place === null || place < shortest) return null;
  const from = raw.lastIndexOf(0x0a, place - reach) + 1;
  const window = raw.subarray(from);
  const content = decodeTransfer(window, transfer);
  const view = content.octets.toString('latin1');
  if (!endsLinesAlike(raw, view)) return null;
  const offset = place === raw.length ? view.length : offsetIn(window, place - from, transfer);
  const framed = frame(view, offset, { text, flow, lineEnd, form });
  const octets = charset.encode(framed.text);
  const splice = octets && spliceTransfer(window, transfer, { content, offset, octets, lineEnd: framed.lineEnd });
  if (splice?.at !== place - from || !isSafe(window, splice, { transfer, boundaries })) return null;
  return { ...splice, at: from + splice.at };
}

/** Where an octet of an encoded body is in the decoded one. */
const offsetIn = (raw: Buffer, at: number, transfer: Transfer): number =>
  decodeTransfer(raw.subarray(0, at), transfer).octets.length;

/** Whether the first line of the whole body that is one, not a soft break, ends like the first of the window. */
function endsLinesAlike(raw: Buffer, view: string): boolean {
  const shown = view.indexOf('\n');
  let first = raw.indexOf(0x0a);
  while (first >= 0 && isSoft(raw, first)) first = raw.indexOf(0x0a, first + 1);
  return shown >= 0 && first >= 0 && (raw[first - 1] === 0x0d) === (view[shown - 1] === '\r');
}

function isSoft(raw: Buffer, lineFeed: number): boolean {
  let at = raw[lineFeed - 1] === 0x0d ? lineFeed - 2 : lineFeed - 1;
  while (raw[at] === 0x20 || raw[at] === 0x09) at -= 1;
  return raw[at] === 0x3d;
}
