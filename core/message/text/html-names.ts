/** Elements whose content is text up to their own end tag (HTML §13.2.5.2–5). */
export const rawText = new Set(['script', 'style', 'textarea', 'title', 'xmp', 'iframe', 'noembed', 'noframes']);
/** Elements inside of which body and html tags mean nothing, and text is not shown as text. */
export const closed = new Set(['template', 'svg', 'math', 'select']);

/** First letters and lengths of the names that have a meaning for where text can go. */
const structural = new Uint8Array(256);
const slotOf = (letter: number, length: number): number => ((letter | 0x20) & 0x0f) * 16 + length;
for (const name of [...rawText, ...closed, 'plaintext', 'html', 'head', 'body'])
  structural[slotOf(name.charCodeAt(0), name.length)] = 1;

/** Whether a name may be one of them; it is not looked at any closer. */
export const mayBeStructural = (html: string, from: number, to: number): boolean =>
  to - from < 16 && structural[slotOf(html.charCodeAt(from), to - from)] === 1;

/** First two letters of those names, and what a soft line break may have cut them to. */
const starts = new Uint8Array(1024);
const pairOf = (first: number, second: number): number => (first & 31) * 32 + (second & 31);
for (const name of [...rawText, ...closed, 'plaintext', 'html', 'head', 'body']) {
  starts[pairOf(name.charCodeAt(0), name.charCodeAt(1))] = 1;
  starts[pairOf(name.charCodeAt(0), 0x3d)] = 1;
}
starts.fill(1, pairOf(0x3d, 0), pairOf(0x3d, 31) + 1);

/** Whether a name that begins there may be one of them, in quoted-printable or not; a quick look, for many tags. */
export const mayStart = (html: string, from: number): boolean =>
  starts[pairOf(html.charCodeAt(from), html.charCodeAt(from + 1))] === 1;

/** Names most tags have, by a number made of their letters: of these none is made anew. */
const usual = new Map(
  (
    'a b blockquote body br center div em font h1 h2 h3 h4 head hr html i img li link meta o:p ol p pre script ' +
    'small span strong style sup table tbody td th thead title tr u ul'
  )
    .split(' ')
    .map((name) => [mixName(name, 0, name.length), name]),
);

function mixName(html: string, from: number, to: number): number {
  let mixed = to - from;
  for (let at = from; at < to; at += 1) mixed = (Math.imul(mixed, 31) + html.charCodeAt(at)) | 0;
  return mixed;
}

/** The name that stands there, in lower case. */
export function nameAt(html: string, from: number, to: number): string {
  const known = to - from <= 10 ? usual.get(mixName(html, from, to)) : undefined;
  if (known !== undefined && html.startsWith(known, from) && known.length === to - from) return known;
  return html.slice(from, to).toLowerCase();
}
