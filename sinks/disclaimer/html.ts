/** Elements that begin a new line where they begin or end. */
const blocks = new Set(
  'address article blockquote div dd dl dt footer h1 h2 h3 h4 h5 h6 header hr li ol p pre section table tr ul'.split(
    ' ',
  ),
);
/** Elements whose content nobody reads. */
const unread = ['script', 'style', 'head', 'template', 'title'];

/** The named references of Latin-1 in the order of their code points from 160 (HTML §13.5), and others people use. */
const latin =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot ' +
  'cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml ' +
  'Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig ' +
  'agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ' +
  'ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml';
const named: ReadonlyMap<string, string> = new Map([
  ...latin.split(' ').map((name, at) => [name, String.fromCharCode(160 + at)] as const),
  ...Object.entries({
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    trade: '™',
    euro: '€',
    hellip: '…',
    bull: '•',
  }),
  ...Object.entries({ mdash: '—', ndash: '–', lsquo: '‘', rsquo: '’', ldquo: '“', rdquo: '”', bdquo: '„', sbquo: '‚' }),
]);

/**
 * What a person reads of HTML, roughly: without tags, comments, scripts and styles, references decoded, a line for
 * each block. One pass; good enough to derive a plain form and to look for a text, not to render.
 *
 * @param links whether to write the address of a link behind its text, where it says something else
 */
export function textOfHtml(html: string, links = false): string {
  const pieces: string[] = [];
  let at = 0;
  let link: Link | null = null;
  while (at < html.length) {
    const open = nextTag(html, at);
    pieces.push(decodeReferences(html.slice(at, open).replaceAll(/\s+/g, ' ')));
    if (open === html.length) break;
    const tag = readTag(html, open);
    if (links && tag.name === 'a') {
      if (link !== null) pieces.push(addressBehind(link, pieces));
      link = tag.isEnd ? null : { href: hrefOf(html.slice(open, tag.end)), from: pieces.length };
    }
    pieces.push(tag.separator);
    at = tag.end;
  }
  return pieces.join('').replaceAll(/ *\n */g, '\n');
}

type Link = { readonly href: string; readonly from: number };

function addressBehind({ href, from }: Link, pieces: readonly string[]): string {
  const text = pieces.slice(from).join('').trim();
  const isNews = /^https?:/i.test(href) && !text.includes(href.replace(/^https?:\/\//i, '').replace(/\/$/, ''));
  return isNews ? ` <${href}>` : '';
}

const hrefOf = (tag: string): string =>
  decodeReferences(
    /\shref\s?=\s?(?:"([^"]*)"|'([^']*)')/i
      .exec(tag)
      ?.slice(1)
      .find((one) => one !== undefined) ?? '',
  );

/** A `<` that begins no tag is a character like any other. */
function nextTag(html: string, from: number): number {
  for (let at = html.indexOf('<', from); at >= 0; at = html.indexOf('<', at + 1)) {
    if (/[a-z!/?]/i.test(html[at + 1] ?? '')) return at;
  }
  return html.length;
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

type Tag = {
  readonly name: string;
  readonly isEnd: boolean;
  readonly end: number;
  /** What stands in its place. */
  readonly separator: string;
};

function readTag(html: string, open: number): Tag {
  if (html.startsWith('<!--', open))
    return { name: '', isEnd: false, end: after(html, '-->', open + 4), separator: '' };
  const end = after(html, '>', open + 1);
  const isEnd = html[open + 1] === '/';
  const name = nameAt(html, open + (isEnd ? 2 : 1));
  const isUnread = !isEnd && unread.includes(name);
  return {
    name,
    isEnd,
    end: isUnread ? after(html, '>', closing(html, name, end)) : end,
    separator: isUnread ? '' : separatorOf(name, isEnd),
  };
}

function separatorOf(name: string, isEnd: boolean): string {
  if (name === 'br' || (blocks.has(name) && (isEnd || name === 'hr'))) return '\n';
  if (name === 'li') return '- ';
  return isEnd && (name === 'td' || name === 'th') ? ' ' : '';
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
    if (!reference.startsWith('#')) return named.get(reference) ?? whole;
    const isHex = reference[1] === 'x' || reference[1] === 'X';
    const code = Number.parseInt(reference.slice(isHex ? 2 : 1), isHex ? 16 : 10);
    return code > 0 && code <= 0x10_ffff ? String.fromCodePoint(code) : whole;
  });
}
