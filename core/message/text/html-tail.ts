import { closed, mayBeStructural, mayStart, rawText } from './html-names.ts';

/** How the text is written: with `=` and two digits for some octets and soft line breaks, or as it is. */
export type Written = 'quoted-printable' | 'plain';

/** Escapes behind which markup, or the end of a line, hides. */
const hiding = /=(?:3[Cc]|2[27]|0[AaDd])/;
const softBreaks = /=[ \t]*\r?\n/g;
/** Characters in which a tag name, or what stands before a quote, is looked for. */
const near = 64;

/**
 * Finds where text goes at the end of an HTML body, by what can be proved without reading all of it: that the last
 * `</body>`, else the last `</html>`, else the end is in no comment, tag, attribute, raw text or template. Searches
 * run at memory speed; `findPlaces` reads every octet, and knows more.
 *
 * @param html not decoded, one character an octet
 * @returns the place as an offset; null when it takes the tokenizer to tell
 */
export function findTail(html: string, written: Written): number | null {
  const isQuoted = written === 'quoted-printable';
  if (isQuoted && hiding.test(html)) return null;
  const marks = readMarks(html, isQuoted);
  if (marks === null) return null;
  const { at, comment } = marks;
  const end = comment < 0 ? 0 : html.indexOf('-->', comment + 2);
  if (end < 0 || end + 3 > at) return null;
  const isProved = isOutsideTag(html, at) && !isInValue(html, at, '"', isQuoted) && !isInValue(html, at, "'", isQuoted);
  return isProved ? at : null;
}

/** A place nothing but attributes can hide, and the last comment that begins before it; -1 for none. */
type Mark = { readonly at: number; readonly comment: number };

function readMarks(html: string, isQuoted: boolean): Mark | null {
  const open = new Set<string>();
  let comment = -1;
  let body: Mark | null = null;
  let root: Mark | null = null;
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', at + 1)) {
    const next = html.charCodeAt(at + 1);
    if (next === 0x21) {
      if (html.startsWith('--', at + 2)) comment = at;
      else if (isQuoted && html.slice(at + 2, at + 4).includes('=')) return null;
      continue;
    }
    if (!mayStart(html, next === 0x2f ? at + 2 : at + 1)) continue;
    const name = nameOf(html, at, isQuoted);
    if (name === null || name === 'plaintext') return null;
    if (name === '') continue;
    const isClosing = name.startsWith('/');
    const bare = isClosing ? name.slice(1) : name;
    if (closed.has(bare)) return null;
    if (rawText.has(bare) && isClosing) open.delete(bare);
    else if (rawText.has(bare)) open.add(bare);
    if (name !== '/body' && name !== '/html') continue;
    if (open.size > 0) return null;
    if (bare === 'body') body = { at, comment };
    else root = { at, comment };
  }
  if (open.size > 0 && !body && !root) return null;
  return body ?? root ?? { at: html.length, comment };
}

/** @returns the name of a tag, with its slash, in lower case; `` when it cannot matter; null when it cannot be read */
function nameOf(html: string, at: number, isQuoted: boolean): string | null {
  const from = html.charCodeAt(at + 1) === 0x2f ? at + 2 : at + 1;
  let to = from;
  let isBroken = false;
  for (const stop = from + 16; to < stop; to += 1) {
    const code = html.charCodeAt(to);
    if (!((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a)) {
      isBroken = isQuoted && code === 0x3d;
      break;
    }
  }
  if (isBroken) return joinedName(html.slice(at + 1, at + near).replaceAll(softBreaks, ''));
  if (!mayBeStructural(html, from, to)) return '';
  return html.slice(at + 1, to).toLowerCase();
}

function joinedName(text: string): string | null {
  if (text.startsWith('!')) return null;
  const [name = ''] = /^\/?[a-z]{0,16}/i.exec(text) ?? [];
  return text[name.length] === '=' ? null : name.toLowerCase();
}

/** Whether nothing but text stands between the last tag and the place. */
function isOutsideTag(html: string, at: number): boolean {
  const between = html.slice(html.lastIndexOf('>', at - 1) + 1, at);
  return !/[<"']/.test(between);
}

/** Whether the last quote before the place may have opened an attribute value: it would stand behind a `=`. */
function isInValue(html: string, at: number, quote: string, isQuoted: boolean): boolean {
  if (!html.includes(quote)) return false; // looking backwards is slow
  const last = at === 0 ? -1 : html.lastIndexOf(quote, at - 1);
  if (last < 0) return false;
  const before = html.slice(Math.max(0, last - near), last);
  const plain = isQuoted ? before.replaceAll(softBreaks, '').replaceAll(/=3[Dd]/g, '=') : before;
  const text = plain.trimEnd();
  return text === '' || text.endsWith('=');
}
