import { endsSoftly, formatFlowed, type Flow } from '../text/flowed.ts';
import { toAsciiHtml } from '../text/html-place.ts';

type Framing = {
  /** Lines divided by `\n`, no line end at the end. */
  readonly text: string;
  readonly flow: Flow | null;
  /** For a body that has no line end of its own. */
  readonly lineEnd: string;
  readonly form: 'plain' | 'html';
};

/** The text as it may be inserted: one kind of line end, no control characters, none at the end. */
export function prepare(text: string, form: 'plain' | 'html', flow: Flow | null): string {
  const clean = text
    .toWellFormed()
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\P{Cc}\t\n]/gu, '');
  const lines = clean.endsWith('\n') ? clean.slice(0, -1) : clean;
  if (form === 'html') return toAsciiHtml(lines);
  return flow ? formatFlowed(lines, flow) : lines;
}

/**
 * Gives the text the line ends that set it off: it begins on a line of its own, and the body ends as it ended before.
 * Below a line of flowed text that goes on, an empty line ends the paragraph (RFC 3676 §4.2).
 *
 * @param view the body, one character an octet or a unit
 */
export function frame(view: string, place: number, { text, flow, lineEnd, form }: Framing): Framed {
  const end = lineEndOf(view) ?? lineEnd;
  const isFirst = place === 0 || (place === 1 && view.charCodeAt(0) === 0xfeff);
  const isStart = isFirst || view[place - 1] === '\n' || (place === 3 && view.startsWith('ï»¿'));
  const lead = isStart ? '' : end;
  const gap = flow && !isFirst && endsSoftly(view, place) ? end : '';
  const atEnd = place >= view.length;
  const next = view[place] === '\n' || (view[place] === '\r' && view[place + 1] === '\n');
  const tail = (atEnd && lead !== '') || (form === 'html' && next) ? '' : end;
  const lines = end === '\n' ? text : text.replaceAll('\n', end);
  return { text: `${lead}${gap}${lines}${tail}`, lineEnd: end };
}

/** Text to insert, and the line end of the body it goes into. */
export type Framed = { readonly text: string; readonly lineEnd: string };

function lineEndOf(view: string): string | null {
  const found = view.indexOf('\n');
  if (found < 0) return null;
  return view[found - 1] === '\r' ? '\r\n' : '\n';
}
