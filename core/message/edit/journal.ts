import { decodeTransfer, type Content, type Splice, type Transfer } from '../codings/transfer.ts';
import { decodedContent } from '../content.ts';
import { isNamed, rawValue, readLines, type HeaderLine } from '../fields.ts';
import { charsetIn, charsetOf, type Part } from '../part.ts';
import { isComment, parseParameterised, spanOf } from '../parameters.ts';

/** What edits have made of one part; what is left out is as it arrived. */
export type PartState = {
  readonly lines?: readonly HeaderLine[];
  /** In pieces, joined only when somebody looks: most bodies are written once and never read again. */
  readonly body?: readonly Buffer[];
  /** The line end of a glued part that has a body now: it belongs to the delimiter. */
  readonly end?: Buffer;
  readonly charset?: string;
  readonly encoding?: string;
};

/** The edits so far, as values: a new journal for each edit, so that going back is keeping the old one. */
export type Journal = ReadonlyMap<Part, PartState>;

/** A journal over the octets it belongs to. */
export type Draft = { readonly octets: Buffer; readonly lineEnd: string; readonly journal: Journal };

/** @returns the draft with the part changed; the given one stays */
export function change(draft: Draft, part: Part, state: PartState): Draft {
  const journal = new Map(draft.journal).set(part, { ...draft.journal.get(part), ...state });
  return { ...draft, journal };
}

/** The header of a part as it stands. */
export const linesOf = ({ octets, journal }: Draft, part: Part): readonly HeaderLine[] =>
  journal.get(part)?.lines ?? readLines(octets, part.header);

/** The encoded body of a part as it stands. */
export function bodyOf({ octets, journal }: Draft, part: Part): Buffer {
  const pieces = journal.get(part)?.body;
  return pieces ? Buffer.concat(pieces) : octets.subarray(part.body.from, part.body.to);
}

/** How many octets it has. */
export function bodySize({ journal }: Draft, part: Part): number {
  const pieces = journal.get(part)?.body;
  return pieces ? pieces.reduce((sum, { length }) => sum + length, 0) : part.body.to - part.body.from;
}

/** The body of a part as it stands, decoded. */
export function contentNow(draft: Draft, part: Part, transfer: Transfer): Content {
  const isEdited = draft.journal.get(part)?.body !== undefined;
  return isEdited ? decodeTransfer(bodyOf(draft, part), transfer) : decodedContent(draft.octets, part, transfer);
}

export const charsetNow = ({ journal }: Draft, part: Part): string | null =>
  journal.get(part)?.charset ?? charsetOf(part);

export const encodingNow = ({ journal }: Draft, part: Part): string => journal.get(part)?.encoding ?? part.encoding;

/** Adds a line at the end of a header, whose last line may lack its line end. */
export function appendLine(lines: readonly HeaderLine[], line: HeaderLine, lineEnd: string): readonly HeaderLine[] {
  return [...withLastEnd(lines, lineEnd), line];
}

/** A header whose last line has its line end. A lone CR stays what it is: with LF it would be an empty line. */
export function withLastEnd(lines: readonly HeaderLine[], lineEnd: string): readonly HeaderLine[] {
  const last = lines.at(-1);
  if (!last || last.octets.at(-1) === 0x0a) return lines;
  const end = Buffer.from(last.octets.at(-1) === 0x0d ? '\r\n' : lineEnd);
  return [...lines.slice(0, -1), { ...last, octets: Buffer.concat([last.octets, end]) }];
}

/** Replaces the first field of that name with what `write` makes of it, or appends one. */
export function replaceLine(
  lines: readonly HeaderLine[],
  name: string,
  lineEnd: string,
  write: (old: HeaderLine | null) => HeaderLine,
): readonly HeaderLine[] {
  const index = lines.findIndex((line) => isNamed(line, name));
  const old = lines[index] ?? null;
  const line = write(old);
  return old ? lines.with(index, line) : appendLine(lines, line, lineEnd);
}

/**
 * Writes `charset=` into a Content-Type, everything of it that can be read staying as written.
 *
 * @returns null when the field is so odd that the new charset would not be read back
 */
export function withCharset(old: HeaderLine | null, type: string, charset: string, lineEnd: string): HeaderLine | null {
  const name = 'Content-Type';
  if (!old) return { name, octets: Buffer.from(`${name}: ${type}; charset=${charset}${lineEnd}`) };
  const head = old.octets.toString('latin1', 0, old.octets.indexOf(0x3a) + 1);
  const octets = Buffer.from(`${head}${charsetSet(rawValue(old), type, charset, lineEnd)}`, 'latin1');
  const [line, ...more] = readLines(octets, { from: 0, to: octets.length });
  const isWhole = octets.at(-1) === 0x0a && more.length === 0;
  const isRead = line && isWhole && charsetIn(parseParameterised(rawValue(line))) === charset;
  return isRead ? line : null;
}

function charsetSet(value: string, type: string, charset: string, lineEnd: string): string {
  const parsed = parseParameterised(value);
  const { value: named, valueEnd } = parsed;
  const span = spanOf(value, parsed, 'charset');
  if (span) return `${value.slice(0, span.from)}${charset}${value.slice(span.to)}`;
  if (named === '') return ` ${type}; charset=${charset}${lineEnd}`;
  const semicolon = value.indexOf(';', valueEnd);
  const between = value.slice(valueEnd, semicolon < 0 ? value.length : semicolon);
  const rest = isComment(between) ? value.slice(valueEnd) : semicolon < 0 ? lineEnd : value.slice(semicolon);
  return `${value.slice(0, valueEnd)}; charset=${charset}${rest}`;
}

/** Octets of a header that gave way to others, counted from its start. */
export type HeaderChange = { readonly at: number; readonly added: number; readonly removed: number };

/** Compares a header with what an edit made of it: lines are the same when they are the same object. */
export const headerChanges = (before: readonly HeaderLine[], after: readonly HeaderLine[]): readonly HeaderChange[] =>
  headerSplices(before, after).map(({ at, removed, octets }) => ({ at, added: octets.length, removed }));

/** The same, with the octets that stand there now. */
export function headerSplices(before: readonly HeaderLine[], after: readonly HeaderLine[]): readonly Splice[] {
  const kept = new Set(after);
  const changes: Splice[] = [];
  let old = 0;
  let at = 0;
  for (let index = 0; index <= after.length;) {
    const from = { index, old };
    while (before[old] && !kept.has(before[old] ?? missing)) old += 1;
    while (index < after.length && after[index] !== before[old]) index += 1;
    const removed = sizeOf(before.slice(from.old, old));
    const octets = Buffer.concat(after.slice(from.index, index).map((line) => line.octets));
    if (removed + octets.length > 0) changes.push({ at, removed, octets });
    at += removed + (before[old]?.octets.length ?? 0);
    old += 1;
    index += 1;
  }
  return changes;
}

const missing: HeaderLine = { name: null, octets: Buffer.alloc(0) };
const sizeOf = (lines: readonly HeaderLine[]): number => lines.reduce((sum, { octets }) => sum + octets.length, 0);
