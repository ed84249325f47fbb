/**
 * The newest text of a message: without what it quotes. The core finds the place for `below-newest-reply` itself;
 * this is for telling whether the disclaimer stands in what was written now or in what was quoted. It need not be
 * exact: whoever quotes in an unknown way has the disclaimer looked for in all of it.
 */

const list = (text: string): readonly string[] => text.split('|');

/** The line that sets an earlier message off, without its spaces and dashes. */
const titles = list(
  'originalmessage|forwardedmessage|beginforwardedmessage|ursprünglichenachricht|originalnachricht|weitergeleitetenachricht|' +
    "messaged'origine|messageoriginal|messagetransféré|mensajeoriginal|mensajereenviado|messaggiooriginale|mensagemoriginal|" +
    'oorspronkelijkbericht|ursprungligtmeddelande|元のメッセージ|原始邮件|원본메시지|исходноесообщение|oryginalnawiadomość',
);
/** Names of the fields Outlook writes above a quoted message: its author, and its day. */
const fromNames = list('from|von|de|da|van|från|fra|od|差出人|发件人|寄件者|보낸사람|от');
const dateNames = list(
  'sent|date|gesendet|datum|envoyé|enviado|enviadoel|fecha|data|inviato|verzonden|skickat|送信日時|日時|发送时间|보낸날짜|дата',
);

const farthest = 4;

/** Lines that are quoted go, and everything below the line that sets an earlier message off. */
export function newestOfPlain(text: string): string {
  const lines = text.split('\n');
  const end = lines.findIndex((line, at) => isTitle(line) || isOutlookHeader(lines, at));
  const newest = end < 0 ? lines : lines.slice(0, end);
  return newest.filter((line) => !line.startsWith('>')).join('\n');
}

function isTitle(line: string): boolean {
  if (line.length > 200 || !/^\s*[-_*]{2}|^\s*begin forwarded/i.test(line)) return false;
  return titles.includes(
    line
      .replaceAll(/[-_*:\s]/g, '')
      .replaceAll('’', "'")
      .toLowerCase(),
  );
}

function isOutlookHeader(lines: readonly string[], at: number): boolean {
  if (!fromNames.includes(nameOf(lines[at] ?? ''))) return false;
  return lines.slice(at + 1, at + 1 + farthest).some((line) => dateNames.includes(nameOf(line)));
}

function nameOf(line: string): string {
  const colon = line.slice(0, 24).search(/[:：]/);
  return colon < 1 ? '' : line.slice(0, colon).replaceAll(/[*\s]/g, '').toLowerCase();
}

/** Marks of the element that holds what is quoted, as mail programs write it; in lower case. */
const marks =
  /<blockquote|gmail_quote|divrplyfwdmsg|appendonsend|yahoo_quoted|protonmail_quote|tutanota_quote|zmail_extra|moz-cite-prefix|ms-outlook-mobile-reference-message|reply-intro|olk_src_body_section|border-top:\s?solid #(?:e1e1e1|b5c4df)/;

/** The source of the HTML up to the first mark of a quoted message. */
export function newestOfHtml(html: string): string {
  const at = html.toLowerCase().search(marks);
  return at < 0 ? html : html.slice(0, html.lastIndexOf('<', at));
}
