import type { Splice } from '../../codings/transfer.ts';
import { isNamed, readLines, type HeaderLine } from '../../fields.ts';
import type { Part } from '../../part.ts';
import { appendLine, headerSplices } from '../journal.ts';
import { makeBoundary } from './boundary.ts';
import { writeLine } from './new-part.ts';
import { skip, type Plan, type Scene } from './scene.ts';

/** What the parts of a new multipart are put into. */
export type Wrapper = { readonly subtype: 'mixed' | 'related'; readonly parameters?: string };

type Lines = readonly HeaderLine[];

/**
 * Puts a part, octet for octet, into a new multipart, and others after it. Of the message itself the Content-* fields
 * move down with it and everything else stays; any other part moves with its whole header.
 *
 * @param others entities: header, empty line and encoded body
 * @source RFC 2046 §5.1.3, RFC 2387
 */
export function encloseInMultipart(scene: Scene, part: Part, others: readonly Buffer[], wrapper: Wrapper): Plan {
  const { lineEnd } = scene;
  if (!part.separated) return skip(`the header of ${nameOf(part)} is not closed by an empty line`);
  const boundary = makeBoundary(scene, others);
  if (boundary === null) return skip('no boundary is free');
  const { subtype, parameters = '' } = wrapper;
  const value = `multipart/${subtype}${parameters};${lineEnd}\tboundary="${boundary}"`;
  const delimiter = Buffer.from(`--${boundary}${lineEnd}`);
  const head = headOf(scene, part, writeLine('Content-Type', value, lineEnd), delimiter);
  const end = Buffer.from(lineEnd);
  const close = Buffer.from(`--${boundary}--${part.path === '' || part.glued ? lineEnd : ''}`);
  const tail = Buffer.concat([...others.flatMap((other) => [end, delimiter, other]), end, close]);
  return {
    kind: 'planned',
    splices: [...head, { at: part.body.to, removed: 0, octets: tail }],
    act: { kind: 'enclose', part, others: others.length },
  };
}

/** What changes above the body that is enclosed. */
function headOf({ octets, lineEnd }: Scene, part: Part, type: HeaderLine, delimiter: Buffer): readonly Splice[] {
  const { header, body } = part;
  const end = Buffer.from(lineEnd);
  if (part.path !== '') return [{ at: header.from, removed: 0, octets: Buffer.concat([type.octets, end, delimiter]) }];
  const lines = readLines(octets, header);
  const kept = withVersion(swapContentFields(lines, [type], isContentField, lineEnd), lineEnd);
  const moved = lines.filter(isContentField).map((line) => line.octets);
  return [
    ...splicesIn(part, lines, kept),
    { at: body.from, removed: 0, octets: Buffer.concat([delimiter, ...moved, end]) },
  ];
}

/** The change of a part's header. */
export const splicesIn = ({ header }: Part, before: Lines, after: Lines): readonly Splice[] =>
  headerSplices(before, after).map((splice) => ({ ...splice, at: splice.at + header.from }));

/** For a person: `part 2.1`, `the message`. */
export const nameOf = ({ path }: Part): string => (path === '' ? 'the message' : `part ${path}`);

export const isContentField = ({ name }: HeaderLine): boolean => name !== null && /^content-/i.test(name);

/** Puts fields in the place of those that go; at the end of the header when none does. */
export function swapContentFields(
  lines: Lines,
  fields: Lines,
  goes: (line: HeaderLine) => boolean,
  lineEnd: string,
): Lines {
  const first = lines.findIndex(goes);
  const kept = lines.filter((line) => !goes(line));
  if (first >= 0) return kept.toSpliced(first, 0, ...fields);
  return fields.reduce<Lines>((all, field) => appendLine(all, field, lineEnd), kept);
}

/** A header that says which MIME it is (RFC 2045 §4). */
export const withVersion = (lines: Lines, lineEnd: string): Lines =>
  lines.some((line) => isNamed(line, 'MIME-Version'))
    ? lines
    : appendLine(lines, writeLine('MIME-Version', '1.0', lineEnd), lineEnd);

/**
 * Puts parts at the end of a multipart: before its closing delimiter, or with one where that is missing.
 *
 * @param entities each header, empty line and encoded body
 */
export function appendToMultipart({ octets, lineEnd }: Scene, part: Part, entities: readonly Buffer[]): Plan {
  const { boundary, closing, next } = part;
  if (boundary === null) return skip(`${nameOf(part)} has no boundary`);
  const delimiter = Buffer.from(`--${boundary}`, 'latin1');
  const end = Buffer.from(lineEnd);
  const pieces = [
    ...(closing < 0 && next === octets.length ? [end] : []), // the last body keeps the line end it has
    ...entities.flatMap((entity) => [delimiter, end, entity, end]),
    ...(closing < 0 ? [delimiter, Buffer.from('--'), end] : []),
  ];
  const splice = { at: closing < 0 ? next : closing, removed: 0, octets: Buffer.concat(pieces) };
  return { kind: 'planned', splices: [splice], act: { kind: 'append', part, others: entities.length } };
}
