import { findOpenHidden } from './html-hidden.ts';
import { scanTags, type HtmlPlaces, type VisitTag } from './html-scan.ts';

/** Words in the class, id or name of the element in which mail programs put the quoted message. */
const quoteMarks = new RegExp(
  [
    'gmail_quote|gmail_extra|moz-cite-prefix|moz-forward-container|yahoo_quoted|protonmail_quote|zmail_extra',
    'tutanota_quote|divrplyfwdmsg|appendonsend|isforwardcontent|reply-intro|stopspelling|zwchr|yiv_quote',
    'mail-editor-reference-message-container|ms-outlook-mobile-reference-message|quoted_header|originalmessage|olk_src_body_section',
  ].join('|'),
  'i',
);
/** Octets the shortest of them takes in a tag, beside its name. */
const shortestMark = '< zwchr>'.length;
const noText = new Set(['style', 'script', 'title']);
const markLimit = 4096;

/**
 * Finds the places where text can be put into an HTML body.
 *
 * @param html one character an octet, or a unit of UTF-16
 * @param wantQuote whether to look for the quoted message, which costs a look at every tag
 * @source HTML §13.2.6.4.19 (after body)
 */
export function findPlaces(html: string, wantQuote: boolean): HtmlPlaces {
  const seen = { body: -1, headEnd: -1, htmlOpen: -1, bodyEnd: -1, htmlEnd: -1 };
  const quoteSeen = createQuoteFinder(html);
  const open = scanTags(
    html,
    (name, closing, from, to) => {
      if (name === 'body') {
        if (closing) seen.bodyEnd = from;
        else if (seen.body < 0) seen.body = to;
      } else if (name === 'html') {
        if (closing) seen.htmlEnd = from;
        else if (seen.htmlOpen < 0) seen.htmlOpen = to;
      } else if (name === 'head' && closing && seen.headEnd < 0) seen.headEnd = to;
      if (wantQuote) quoteSeen.visit(name, closing, from, to);
    },
    wantQuote,
  );
  const end = seen.bodyEnd >= 0 ? seen.bodyEnd : seen.htmlEnd >= 0 ? seen.htmlEnd : html.length;
  const bottom = Math.min(end, ...[open, findOpenHidden(html)].filter((at) => at >= 0));
  return { top: Math.min(topOf(html, seen), bottom), bottom, quote: Math.min(quoteSeen.place(), bottom) };
}

/**
 * Finds the first quoted block that has something to be seen above it. Without that the reply stands below the
 * quoted block, and the text belongs to the end.
 */
function createQuoteFinder(html: string): { readonly visit: VisitTag; readonly place: () => number } {
  let text = false;
  let shown = 0;
  let rule = -1;
  let quote = -1;
  return {
    visit(name, closing, from, to) {
      if (quote >= 0) return;
      text ||= shown >= 0 && hasText(html, shown, from);
      shown = !closing && noText.has(name) ? -1 : to;
      if (name === 'body' && !closing) text = false;
      if (name === 'img') text = true;
      if (name === 'hr') rule = from;
      if (!closing && text && isQuote(html, name, from, to)) quote = isBlank(html, rule, from) ? rule : from;
    },
    place: () => quote,
  };
}

type Seen = { readonly body: number; readonly headEnd: number; readonly htmlOpen: number };

function topOf(html: string, { body, headEnd, htmlOpen }: Seen): number {
  if (body >= 0) return body;
  if (headEnd >= 0) return headEnd;
  if (htmlOpen >= 0) return htmlOpen;
  let at = 0;
  while (html.charCodeAt(at) <= 0x20 || html.charCodeAt(at) === 0xfeff) at += 1;
  if (html.slice(at, at + 9).toLowerCase() !== '<!doctype') return 0;
  return html.indexOf('>', at) + 1;
}

function isQuote(html: string, name: string, from: number, to: number): boolean {
  if (name === 'blockquote') return true;
  if (to - from < name.length + shortestMark) return false;
  if (name !== 'div' && name !== 'hr' && name !== 'span' && name !== 'table' && name !== 'p') return false;
  const tag = html.slice(from, Math.min(to, from + markLimit));
  return quoteMarks.test(tag) || (/border-top/i.test(tag) && isOutlookBorder(tag.toLowerCase()));
}

/** Outlook for Windows sets the quoted header off with a thin grey line on top, and nothing else tells. */
function isOutlookBorder(tag: string): boolean {
  const style = tag.replaceAll(/\s/g, '');
  return style.includes('border:none;border-top:solid#') && style.includes('padding:3.0pt0');
}

function hasText(html: string, from: number, to: number): boolean {
  let at = from;
  while (at < to) {
    const code = html.charCodeAt(at);
    if (code === 0x3c) at = html.indexOf('>', at) + 1 || to;
    else if (html.startsWith('&nbsp;', at)) at += 6;
    else if (code > 0x20 && code !== 0xa0) return true;
    else at += 1;
  }
  return false;
}

/** Whether nothing but white space and tags of line breaks lies between a rule and the quoted block. */
function isBlank(html: string, from: number, to: number): boolean {
  return from >= 0 && to - from < markLimit && html.slice(html.indexOf('>', from) + 1, to).trim() === '';
}

/** A fragment of HTML in ASCII: every other character as a numeric reference, so the charset cannot matter. */
export function toAsciiHtml(html: string): string {
  return html.toWellFormed().replaceAll(/[^\0-\u007f]/gu, (char) => `&#${char.codePointAt(0) ?? 0xfffd};`);
}
