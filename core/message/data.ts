import type { MessageData, PartData, Protection } from '../../sdk/message.ts';
import { bodySize, charsetNow, linesOf, type Draft } from './edit/journal.ts';
import { valueOf } from './fields.ts';
import type { Part } from './part.ts';
import { decodeWords } from './words.ts';

/** What a sink is told of a message: header and tree with the edits so far applied. */
export function dataOf(draft: Draft, root: Part, size: number, protection: Protection): MessageData {
  const fields: (readonly [string, string])[] = [];
  for (const line of linesOf(draft, root)) if (line.name !== null) fields.push([line.name, valueOf(line)]);
  return { size, fields, tree: partData(draft, root), protection };
}

/** Depth is bounded by the index. */
function partData(draft: Draft, part: Part): PartData {
  const { path, type, disposition } = part;
  return {
    path,
    type,
    charset: charsetNow(draft, part),
    disposition: disposition?.value || null,
    filename: fileName(part),
    size: bodySize(draft, part),
    parts: part.parts.map((child) => partData(draft, child)),
  };
}

/**
 * The name a part says a file of it should have: `filename` of Content-Disposition, else `name` of Content-Type.
 *
 * @returns decoded (RFC 2231, RFC 2047, raw UTF-8); null when it says none
 */
export function fileName({ disposition, contentType }: Part): string | null {
  const name = disposition?.parameters.get('filename') ?? contentType.parameters.get('name');
  if (name === undefined) return null;
  const utf8 = /[\u0080-\u00ff]/.test(name) ? Buffer.from(name, 'latin1').toString() : name;
  return decodeWords(utf8.includes('\ufffd') ? name : utf8);
}
