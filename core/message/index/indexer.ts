import { noParameters, parseParameterised, type Parameterised } from '../parameters.ts';
import type { Defect, DefectKind, Part } from '../part.ts';
import { createDelimiter, findDelimiter, type Delimiter, type Hit } from './delimiter.ts';
import { readHead, type ContentField, type Head } from './head.ts';

/** What one pass over the octets of a message found. */
export type Index = {
  readonly root: Part;
  /** At most 100. */
  readonly defects: readonly Defect[];
  /** Why the pass stopped early, in words; null when it saw everything. */
  readonly limit: string | null;
};

type Note = (kind: DefectKind, at: number) => void;
type Draft = { -readonly [K in keyof Part]: K extends 'parts' ? Draft[] : Part[K] };

/** Composite parts inside one another. */
const depthLimit = 30;
/** Parts of one message. */
const partLimit = 10_000;
const defectLimit = 100;

/**
 * Indexes a message: one pass, no copies, no recursion, linear in its size. Whatever the octets are, it returns.
 *
 * @source RFC 2046 §5.1, RFC 5322 §2.1
 */
export function indexMessage(octets: Buffer): Index {
  const defects: Defect[] = [];
  const note: Note = (kind, at) => {
    if (defects.length < defectLimit) defects.push({ kind, at });
  };
  const root = draft('', 0);
  const open: Draft[] = [root];
  const delimiters: Delimiter[] = [];
  let limit: string | null = null;
  let count = 1;

  const add = (path: string, at: number): Draft | null => {
    const child = draft(path, at);
    open.at(-1)?.parts.push(child);
    open.push(child);
    count += 1;
    if (count > partLimit) limit = `more than ${partLimit} parts`;
    if (open.length > depthLimit) limit = `parts nested deeper than ${depthLimit}`;
    return limit === null ? child : null;
  };

  for (let part: Draft | null = root; part;) {
    const head: Head = readHead(octets, part.header.from, delimiters);
    fill(part, octets, head, open.at(-2) ?? null);
    noteHead(part, head, note);
    if (head.tooLong) limit = 'a header larger than 1 MB';
    if (limit !== null) break;
    let hit: Hit | null = head.hit;
    if (!hit) {
      const inner = enclose(part, delimiters, open.length - 1, note);
      if (inner === 'message') {
        part = add(part.path === '' ? 'TEXT' : `${part.path}.TEXT`, part.body.from);
        continue;
      }
      hit = findDelimiter(octets, part.body.from, delimiters);
    }
    while (hit?.closing) {
      const closed = open[hit.delimiter.depth];
      if (closed) closed.closing = hit.at;
      close(open.splice(hit.delimiter.depth + 1), octets, hit, note);
      delimiters.length = delimiters.lastIndexOf(hit.delimiter);
      hit = findDelimiter(octets, hit.end, delimiters);
    }
    if (!hit) break;
    close(open.splice(hit.delimiter.depth + 1), octets, hit, note);
    delimiters.length = delimiters.lastIndexOf(hit.delimiter) + 1;
    part = add(nextPath(open.at(-1)), hit.end);
  }

  for (const { depth } of delimiters) note('unclosed', open[depth]?.header.from ?? 0);
  close(open, octets, null, note);
  return { root, defects, limit };
}

const draft = (path: string, at: number): Draft => ({
  path,
  header: { from: at, to: at },
  body: { from: at, to: at },
  next: at,
  closing: -1,
  separated: false,
  glued: false,
  type: 'text/plain',
  contentType: noParameters,
  disposition: null,
  encoding: '7bit',
  id: null,
  ambiguous: false,
  boundary: null,
  parts: [],
});

function nextPath(parent: Draft | undefined): string {
  const base = parent?.path.replace(/(^|\.)TEXT$/, '') ?? '';
  return `${base}${base === '' ? '' : '.'}${(parent?.parts.length ?? 0) + 1}`;
}

function fill(part: Draft, octets: Buffer, head: Head, parent: Draft | null): void {
  const read = (name: ContentField): Parameterised | null => {
    const range = head.fields.get(name);
    return range ? parseParameterised(octets.toString('latin1', range.from, range.to)) : null;
  };
  part.header = head.header;
  part.separated = head.separated;
  part.body = { from: head.bodyFrom, to: head.bodyFrom };
  part.contentType = read('content-type') ?? noParameters;
  part.type = typeOf(part.contentType.value, parent);
  part.disposition = read('content-disposition');
  part.encoding = read('content-transfer-encoding')?.value || '7bit';
  part.id = read('content-id')?.value ?? null;
  part.ambiguous = head.repeated;
  if (part.path.endsWith('TEXT') && !part.type.startsWith('multipart/')) part.path = `${part.path.slice(0, -4)}1`;
}

function typeOf(value: string, parent: Draft | null): string {
  if (/^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}$/.test(value)) return value;
  return parent?.type === 'multipart/digest' && value === '' ? 'message/rfc822' : 'text/plain';
}

function noteHead(part: Draft, head: Head, note: Note): void {
  if (head.noColon >= 0) note('no-colon', head.noColon);
  if (!head.separated) note('no-separator', head.header.to);
  if (head.repeated) note('repeated-field', head.header.from);
  if (part.contentType !== noParameters && part.contentType.value !== part.type)
    note('bad-content-type', head.header.from);
}

/** Opens what the part may contain. */
function enclose(part: Draft, delimiters: Delimiter[], depth: number, note: Note): 'message' | 'multipart' | 'leaf' {
  const isMessage = part.type === 'message/rfc822' || part.type === 'message/global';
  const isMultipart = part.type.startsWith('multipart/');
  if (!isMessage && !isMultipart) return 'leaf';
  if (part.encoding === 'base64' || part.encoding === 'quoted-printable') {
    note('encoded-composite', part.header.from);
    if (isMessage) return 'leaf';
  }
  if (isMessage) return part.separated ? 'message' : 'leaf';
  const boundary = part.contentType.parameters.get('boundary');
  const delimiter = boundary === undefined ? null : createDelimiter(boundary, depth);
  if (!delimiter) {
    note('no-boundary', part.header.from);
    return 'leaf';
  }
  if (delimiters.some(({ octets }) => Buffer.compare(octets, delimiter.octets) === 0))
    note('repeated-boundary', part.header.from);
  part.boundary = Buffer.from(delimiter.octets).toString('latin1');
  delimiters.push(delimiter);
  return 'multipart';
}

/** Ends the bodies of these parts before the delimiter, or at the end of the message. */
function close(parts: readonly Draft[], octets: Buffer, hit: Hit | null, note: Note): void {
  const end = hit ? beforeLineEnd(octets, hit.at) : octets.length;
  for (const part of parts) {
    if (part.boundary !== null && part.parts.length === 0) note('no-parts', part.header.from);
    part.glued = hit !== null && part.separated && part.body.from > end;
    part.body = { from: part.body.from, to: Math.max(part.body.from, end) };
    part.next = hit?.at ?? octets.length;
  }
}

function beforeLineEnd(octets: Buffer, at: number): number {
  if (octets[at - 1] !== 0x0a) return at;
  return octets[at - 2] === 0x0d ? at - 2 : at - 1;
}
