import { bufferOf } from './content.ts';
import { readLines } from './fields.ts';
import { isContentField, splicesIn, swapContentFields, withVersion } from './edit/structure/multipart.ts';
import { applySplices, applySplicesInTurns } from './edit/structure/scene.ts';
import type { Splice } from './codings/transfer.ts';
import { indexMessage } from './index/indexer.ts';
import { everyPart, findPart, type Part } from './part.ts';

/** A message and its tree, such as an open message. */
type Tree = { readonly octets: Uint8Array; readonly root: Part };

/**
 * The MIME entity a part is, as it is signed or encrypted: of a message its Content-* fields alone, of any other
 * part all of its header; the empty line; the encoded body.
 *
 * @returns octets with a buffer of their own; null when there is no such part, or no empty line closes its header
 * @source RFC 8551 §3.1
 */
export function readEntity({ octets, root }: Tree, path: string): Buffer | null {
  const found = findPart(root, path);
  if (!found?.part.separated) return null;
  const { part } = found;
  const buffer = bufferOf(octets);
  if (!isMessage(found.parent)) return Buffer.from(buffer.subarray(part.header.from, part.body.to));
  const fields = readLines(buffer, part.header).filter(isContentField);
  return Buffer.concat([...fields.map((line) => line.octets), buffer.subarray(part.header.to, part.body.to)]);
}

/**
 * Puts another entity in the place of a part: what was signed in the place of a multipart/signed, or what is signed
 * now in the place of what was not. Into a message only its Content-* fields move up, the other fields of the message
 * stay as they are; in any other part the entity takes the place octet for octet.
 *
 * @param entity its header closed by an empty line, and its body
 * @returns the whole message, with a buffer of its own; null when there is no such part, when it or the entity has no
 *   such empty line, or when the entity has a boundary of a multipart around the part in it
 * @source RFC 8551 §3.1, §3.5
 */
export function putEntity(tree: Tree, path: string, entity: Uint8Array, lineEnd = '\r\n'): Buffer | null {
  const splices = planEntity(tree, path, entity, lineEnd);
  return splices && applySplices(bufferOf(tree.octets), splices);
}

/** The same, and the event loop turns while large octets are copied. */
export async function putEntityInTurns(tree: Tree, path: string, entity: Uint8Array): Promise<Buffer | null> {
  const splices = planEntity(tree, path, entity, '\r\n');
  return splices && (await applySplicesInTurns(bufferOf(tree.octets), splices));
}

function planEntity(tree: Tree, path: string, entity: Uint8Array, lineEnd: string): readonly Splice[] | null {
  const found = findPart(tree.root, path);
  if (!found?.part.separated) return null;
  const { part, parent } = found;
  const message = bufferOf(tree.octets);
  const fresh = bufferOf(entity);
  const { root } = indexMessage(fresh);
  if (!root.separated || around(tree.root, part).some((boundary) => fresh.includes(`--${boundary}`, 0, 'latin1')))
    return null;
  const { from, to } = part.body;
  if (!isMessage(parent)) {
    const end = part.glued && root.body.from < fresh.length ? Buffer.from(lineEnd) : Buffer.alloc(0);
    const at = part.header.from;
    return [
      { at, removed: to - at, octets: fresh },
      { at: to, removed: 0, octets: end },
    ];
  }
  const before = readLines(message, part.header);
  const fields = readLines(fresh, root.header).filter(isContentField);
  const after = withVersion(swapContentFields(before, fields, isContentField, lineEnd), lineEnd);
  const body = { at: from, removed: to - from, octets: fresh.subarray(root.body.from) };
  return [...splicesIn(part, before, after), body];
}

/** Whether what lies in that parent is a message of its own. */
const isMessage = (parent: Part | null): boolean => !parent?.type.startsWith('multipart/');

/** Boundaries of the multiparts a part lies in. */
const around = (root: Part, part: Part): readonly string[] =>
  [...everyPart(root)]
    .filter((outer) => outer !== part && outer.body.from <= part.header.from && part.header.from < outer.next)
    .flatMap(({ boundary }) => (boundary === null ? [] : [boundary]));
