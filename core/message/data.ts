import type { MessageData, PartData, Protection } from '../../sdk/message.ts';
import { bodySize, charsetNow, linesOf, type Draft } from './edit/journal.ts';
import { valueOf } from './fields.ts';
import type { Part } from './part.ts';
import { decodeWords } from './words.ts';

/** Octets of a file name, as written, that are looked at: file systems have names of 255. */
const nameLimit = 4096;
/** LIMIT: of a header with more fields a sink is told these, the top ones. */
const fieldLimit = 10_000;
/** Characters of a value that says something short. */
const wordLimit = 100;

/** What a sink is told of a message: header and tree with the edits so far applied. */
export function dataOf(draft: Draft, root: Part, size: number, protection: Protection): MessageData {
  const fields: (readonly [string, string])[] = [];
  for (const line of linesOf(draft, root)) {
    if (line.name !== null) fields.push([line.name, valueOf(line)]);
    if (fields.length === fieldLimit) break;
  }
  return { size, fields, tree: partData(draft, root), protection };
}

/** Depth is bounded by the index. */
function partData(draft: Draft, part: Part): PartData {
  const { path, type, disposition } = part;
  const parts = part.parts.map((child) => partData(draft, child));
  const grown = part.parts.reduce((sum, child, at) => sum + growthOf(draft, child, parts[at]?.size ?? 0), 0);
  return {
    path,
    type,
    charset: charsetNow(draft, part)?.slice(0, wordLimit) ?? null,
    disposition: disposition?.value.slice(0, wordLimit) || null,
    filename: fileName(part),
    size: bodySize(draft, part) + grown,
    parts,
  };
}

/** By how many octets edits made a part larger, its header included. @param size of its body now */
function growthOf({ journal }: Draft, part: Part, size: number): number {
  const { header, body } = part;
  const { lines, end } = journal.get(part) ?? {};
  const fields = lines ? lines.reduce((sum, { octets }) => sum + octets.length, header.from - header.to) : 0;
  return size - (body.to - body.from) + fields + (end?.length ?? 0);
}

/**
 * The name a part says a file of it should have: `filename` of Content-Disposition, else `name` of Content-Type.
 *
 * @returns decoded (RFC 2231, RFC 2047, raw UTF-8); null when it says none
 */
export function fileName({ disposition, contentType }: Part): string | null {
  const field = disposition?.parameters.has('filename') ? disposition : contentType;
  const key = field === contentType ? 'name' : 'filename';
  const name = field.parameters.get(key)?.slice(0, nameLimit);
  if (name === undefined) return null;
  if (field.decoded.has(key)) return name;
  const utf8 = /[\u0080-\u00ff]/.test(name) ? Buffer.from(name, 'latin1').toString() : name;
  return decodeWords(utf8.includes('\ufffd') ? name : utf8);
}
