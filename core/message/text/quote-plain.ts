import { dateNames, fromNames, openings, titles, wrote } from './quote-words.ts';

const lineLimit = 1000;

/**
 * Finds where the quoted earlier message begins in a reply.
 *
 * @param lines without line ends
 * @returns the index of its first line; -1 when there is none, or when there is new text below it or none above it
 */
export function findQuotedLine(lines: readonly string[]): number {
  const first = lines.findIndex((line, at) => startsQuote(lines, at) || isMark(line));
  if (first < 0) return -1;
  const isAbove = lines.slice(0, first).some((line) => line.trim() !== '');
  const separator = lines.findIndex((_, at) => at >= first && startsQuote(lines, at));
  const block = separator === first ? first : lastMarkedBlock(lines, first);
  return isAbove && block >= 0 ? withLeadIn(lines, block) : -1;
}

/** A marked block counts when only blank lines follow it: an answer between the marks must stay above the text. */
function lastMarkedBlock(lines: readonly string[], first: number): number {
  let at = lines.length;
  while (at > first && (lines[at - 1] ?? '').trim() === '') at -= 1;
  const end = at;
  while (at > first && (isMark(lines[at - 1] ?? '') || (lines[at - 1] ?? '').trim() === '')) at -= 1;
  if (at === end) {
    const later = lines.findIndex((_, index) => index > first && startsQuote(lines, index));
    return later;
  }
  while (at < end && (lines[at] ?? '').trim() === '') at += 1;
  return at;
}

const isMark = (line: string): boolean => line.startsWith('>');

/** Above "From:" Outlook draws a line of underscores; above a marked block stands who wrote it. */
function withLeadIn(lines: readonly string[], block: number): number {
  let at = block - 1;
  while (at > 0 && block - at < 3 && (lines[at] ?? '').trim() === '') at -= 1;
  const line = (lines[at] ?? '').trim();
  if (line.length >= 5 && line.replaceAll('_', '') === '') return at;
  if (!isMark(lines[block] ?? '')) return block;
  for (let start = at; start >= 0 && at - start < 4; start -= 1) {
    if ((lines[start] ?? '').trim() === '') break;
    if (isAttribution(lines.slice(start, at + 1).join(' ')) && startsAttribution(lines, start, at)) return start;
  }
  return block;
}

const startsAttribution = (lines: readonly string[], start: number, end: number): boolean =>
  start === end || openings.some((word) => (lines[start] ?? '').startsWith(word));

function startsQuote(lines: readonly string[], at: number): boolean {
  const line = lines[at] ?? '';
  if (line === '' || line.length > lineLimit || isMark(line)) return false;
  return isTitle(line) || isOutlookHeader(lines, at) || isLeadIn(lines, at);
}

/** "On … wrote:" on one line, or folded over up to three. */
function isLeadIn(lines: readonly string[], at: number): boolean {
  const line = lines[at] ?? '';
  if (isAttribution(line)) return true;
  if (!openings.some((word) => line.startsWith(word))) return false;
  return [2, 3].some((count) => isAttribution(lines.slice(at, at + count).join(' ')));
}

/** QUIRK: Gmail in Japanese and Chinese writes a day and a mailbox, and no verb. */
const eastAsian = /^\d{4}年\d{1,2}月\d{1,2}日.{0,400}@.{0,400}>[:：]$/;

function isAttribution(text: string): boolean {
  const line = text.trim();
  if (line.length > lineLimit || !/[:：]$/.test(line) || !/[\d@<]/.test(line)) return false;
  return wrote.some((verb) => line.includes(verb)) || eastAsian.test(line);
}

/** Titles without their spaces. */
const bareTitles: ReadonlySet<string> = new Set(titles.map((title) => title.replaceAll(' ', '')));

function isTitle(line: string): boolean {
  const text = line.trim();
  const marked = text.startsWith('--') || text.startsWith('__') || /^begin forwarded/i.test(text);
  return marked && bareTitles.has(text.replaceAll(/[-_*=:\s]/g, '').toLowerCase());
}

function isOutlookHeader(lines: readonly string[], at: number): boolean {
  if (!fromNames.includes(nameOf(lines[at] ?? ''))) return false;
  return lines.slice(at + 1, at + 5).some((line) => dateNames.includes(nameOf(line)));
}

/** `*Von:* Ann` → `von` */
function nameOf(line: string): string {
  const colon = line.search(/[:：]/);
  return colon < 1 || colon > 20
    ? ''
    : line
        .slice(0, colon)
        .replaceAll(/[*\s\u00a0]/g, '')
        .toLowerCase();
}
