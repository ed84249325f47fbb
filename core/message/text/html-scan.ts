import { closed, mayBeStructural, nameAt, rawText } from './html-names.ts';

/** Places in an HTML text, as offsets; -1 when there is none. */
export type HtmlPlaces = {
  /** After the first real `<body …>`; else after `</head>`, `<html …>` or the doctype. */
  readonly top: number;
  /** Before the last real `</body>`, else `</html>`, else the end, but never inside something left open. */
  readonly bottom: number;
  /** Before the first block quoted from an earlier message. */
  readonly quote: number;
};

/**
 * One tag that is really one: not in a comment, an attribute, raw text, a template or a drawing. Tags are many: what
 * is known of one comes as arguments, not as an object.
 */
export type VisitTag = (name: string, closing: boolean, from: number, to: number) => void;

/**
 * Walks the tags of an HTML text at the level of the tokenizer; linear, whatever the text is.
 *
 * @param visit is told of tags outside of closed elements
 * @param all whether to tell the name of every tag; else those without a meaning for the structure may come as ``
 * @returns where something was left open that would swallow what follows; -1 when nothing was
 * @source HTML §13.2.5
 */
export function scanTags(html: string, visit: VisitTag, all = true): number {
  const inside: Inside = [];
  const depths = new Map<string, number>();
  for (let at = nextTag(html, 0); at >= 0; at = nextTag(html, at)) {
    const next = html.charCodeAt(at + 1);
    if (next === 0x21 || next === 0x3f) {
      const end = endOfMarkup(html, at, inside.length > 0);
      if (end < 0) return outermost(inside, at);
      at = end;
      continue;
    }
    const closing = next === 0x2f;
    const nameFrom = closing ? at + 2 : at + 1;
    if (next === 0x3c) {
      at += 1;
      continue;
    }
    if (!isLetter(html.charCodeAt(nameFrom))) {
      const bogus = closing && nameFrom < html.length ? html.indexOf('>', nameFrom) : nameFrom;
      if (bogus < 0) return outermost(inside, at);
      at = bogus;
      continue;
    }
    const nameTo = endOfName(html, nameFrom);
    const to = endOfTag(html, nameTo);
    if (to < 0) return outermost(inside, at);
    const name = all || mayBeStructural(html, nameFrom, nameTo) ? nameAt(html, nameFrom, nameTo) : '';
    if (inside.length === 0) visit(name, closing, at, to);
    if (closed.has(name)) track(inside, { name, from: at, closing, empty: html[to - 2] === '/' }, depths);
    if (!closing && name === 'plaintext' && inside.length === 0) return at;
    if (!closing && rawText.has(name) && !isDrawing(inside)) {
      const end = endOfRawText(html, name, to);
      if (end < 0) return outermost(inside, at);
      at = end;
    } else at = to;
  }
  return outermost(inside, -1);
}

const outermost = (inside: readonly { readonly from: number }[], at: number): number => inside[0]?.from ?? at;
const isDrawing = (inside: Inside): boolean => inside.some(({ name }) => name === 'svg' || name === 'math');

type Inside = { readonly name: string; readonly from: number }[];
type ClosedTag = {
  readonly name: string;
  readonly closing: boolean;
  readonly from: number;
  readonly empty: boolean;
};

/** Only the outermost of each name counts: how often it is opened again inside does not change what is inside. */
function track(inside: Inside, { name, from, closing, empty }: ClosedTag, depths: Map<string, number>): void {
  const depth = depths.get(name) ?? 0;
  if (!closing) {
    if (empty && name !== 'template' && name !== 'select') return;
    depths.set(name, depth + 1);
    if (depth === 0) inside.push({ name, from });
    return;
  }
  if (depth > 1) depths.set(name, depth - 1);
  if (depth !== 1) return;
  for (const { name: inner } of inside.splice(inside.findIndex((opened) => opened.name === name))) depths.delete(inner);
}

const nextTag = (html: string, at: number): number => (html.charCodeAt(at) === 0x3c ? at : html.indexOf('<', at));
const isLetter = (code: number): boolean => (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;

function endOfName(html: string, from: number): number {
  let at = from;
  for (; at < html.length; at += 1) {
    const code = html.charCodeAt(at);
    if (code <= 0x20 || code === 0x2f || code === 0x3e) return at;
  }
  return at;
}

/** After the `>` that is not in a quoted attribute value; -1 when it never comes. */
function endOfTag(html: string, from: number): number {
  let inName = false;
  let beforeValue = false;
  for (let at = from; at < html.length; at += 1) {
    const code = html.charCodeAt(at);
    if (code === 0x3e) return at + 1;
    if (code <= 0x20) continue;
    if (beforeValue) {
      const isQuoted = code === 0x22 || code === 0x27;
      const end = isQuoted ? html.indexOf(code === 0x22 ? '"' : "'", at + 1) : endOfUnquoted(html, at) - 1;
      if (end < 0) return -1;
      at = end;
      beforeValue = false;
      inName = false;
    } else {
      beforeValue = inName && code === 0x3d;
      inName = code !== 0x2f;
    }
  }
  return -1;
}

function endOfUnquoted(html: string, from: number): number {
  let at = from;
  while (at < html.length && html.charCodeAt(at) > 0x20 && html.charCodeAt(at) !== 0x3e) at += 1;
  return at;
}

/** After a comment, doctype, CDATA section or processing instruction; -1 when it is left open. */
function endOfMarkup(html: string, at: number, foreign: boolean): number {
  if (html.startsWith('<!--', at)) return endOfComment(html, at + 4);
  const end = foreign && html.startsWith('<![CDATA[', at) ? html.indexOf(']]>', at) + 2 : html.indexOf('>', at);
  return end < 2 ? -1 : end + 1;
}

function endOfComment(html: string, from: number): number {
  if (html[from] === '>') return from + 1;
  if (html.startsWith('->', from)) return from + 2;
  for (let at = html.indexOf('--', from); at >= 0; at = html.indexOf('--', at + 1)) {
    if (html[at + 2] === '>') return at + 3;
    if (html[at + 2] === '!' && html[at + 3] === '>') return at + 4;
  }
  return -1;
}

/** The place of the end tag; -1 when it never comes. */
function endOfRawText(html: string, name: string, from: number): number {
  for (let at = html.indexOf('</', from); at >= 0; at = html.indexOf('</', at + 2)) {
    const end = at + 2 + name.length;
    if (html.slice(at + 2, end).toLowerCase() !== name) continue;
    const code = html.charCodeAt(end);
    if (code <= 0x20 || code === 0x2f || code === 0x3e) return at;
  }
  return -1;
}
