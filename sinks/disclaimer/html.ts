/** Elements that begin a new line where they begin or end. */
const blocks = new Set(
  'address article blockquote div dd dl dt footer h1 h2 h3 h4 h5 h6 header hr li ol p pre section table td th tr ul'.split(
    ' ',
  ),
);
/** Elements whose content nobody reads. */
const unread = ['script', 'style', 'head', 'template', 'title'];

const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  copy: '©',
  reg: '®',
  trade: '™',
  euro: '€',
  mdash: '—',
  ndash: '–',
  hellip: '…',
  bull: '•',
  middot: '·',
  laquo: '«',
  raquo: '»',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  auml: 'ä',
  ouml: 'ö',
  uuml: 'ü',
  Auml: 'Ä',
  Ouml: 'Ö',
  Uuml: 'Ü',
  szlig: 'ß',
  eacute: 'é',
  egrave: 'è',
  agrave: 'à',
  ccedil: 'ç',
};

/**
 * What a person reads of HTML, roughly: without tags, comments, scripts and styles, references decoded, a line for
 * each block. One pass; good enough to derive a plain form and to look for a text, not to render.
 */
export function textOfHtml(html: string): string {
  const pieces: string[] = [];
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    pieces.push(decodeReferences(html.slice(at, open < 0 ? html.length : open).replaceAll(/\s+/g, ' ')));
    if (open < 0) break;
    const tag = readTag(html, open);
    if (tag.isBreak) pieces.push('\n');
    at = tag.end;
  }
  return pieces.join('').replaceAll(/ *\n */g, '\n');
}

/** Plain text as HTML: characters escaped, line ends kept as breaks. */
export function htmlOfText(text: string): string {
  return escapeHtml(text).replaceAll('\n', '<br>\n');
}

/** Safe between tags and inside a quoted attribute. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

type Tag = { readonly end: number; readonly isBreak: boolean };

function readTag(html: string, open: number): Tag {
  if (html.startsWith('<!--', open)) return { end: after(html, '-->', open + 4), isBreak: false };
  const end = after(html, '>', open + 1);
  const isEnd = html[open + 1] === '/';
  const name = nameAt(html, open + (isEnd ? 2 : 1));
  if (!isEnd && unread.includes(name)) return { end: after(html, '>', closing(html, name, end)), isBreak: false };
  return { end, isBreak: name === 'br' || (blocks.has(name) && (isEnd || name === 'hr')) };
}

/** Where the end tag of an unread element begins; the end of the text when there is none. */
function closing(html: string, name: string, from: number): number {
  for (let at = html.indexOf('</', from); at >= 0; at = html.indexOf('</', at + 2)) {
    if (nameAt(html, at + 2) === name) return at;
  }
  return html.length;
}

function nameAt(html: string, at: number): string {
  return (/^[a-z][a-z0-9]{0,15}/i.exec(html.slice(at, at + 16))?.[0] ?? '').toLowerCase();
}

function after(html: string, mark: string, from: number): number {
  const found = html.indexOf(mark, from);
  return found < 0 ? html.length : found + mark.length;
}

function decodeReferences(text: string): string {
  return text.replaceAll(/&(#x[0-9a-f]{1,6}|#[0-9]{1,7}|[a-z]{2,8});/gi, (whole, reference: string) => {
    if (!reference.startsWith('#')) return named[reference] ?? whole;
    const isHex = reference[1] === 'x' || reference[1] === 'X';
    const code = Number.parseInt(reference.slice(isHex ? 2 : 1), isHex ? 16 : 10);
    return code > 0 && code <= 0x10_ffff ? String.fromCodePoint(code) : whole;
  });
}
