import { randomBytes } from 'node:crypto';
import { bufferOf } from '../../message/content.ts';
import { putEntityInTurns, readEntity } from '../../message/entity.ts';
import { openMessage, type MessageEdit, type OpenMessage } from '../../message/message.ts';
import { everyPart, findPart, type Part } from '../../message/part.ts';
import { breathe } from '../heavy.ts';
import { headerProtectionOf, protectAgain, type HeaderProtection } from './header-protection.ts';

/** The inside of a protected part in its place: a message that can be edited, and the way back to what is inside. */
export type View = {
  readonly message: OpenMessage;
  readonly edits: readonly MessageEdit[];
  readonly protection: HeaderProtection;
  /** Finds the inside again, after edits. */
  find(octets: Uint8Array): Found;
  /** The message as it is, with nothing of the view in it. */
  leave(octets: Uint8Array): Uint8Array;
};

/** What became of the inside: `entity` with protected header fields, as it is to be signed or encrypted. */
export type Found =
  | { readonly kind: 'found'; readonly tree: OpenMessage; readonly path: string; readonly entity: Buffer }
  /** An edit took it out. */
  | { readonly kind: 'gone'; readonly octets: Uint8Array }
  | { readonly kind: 'lost'; readonly reason: string };

/** What a view is made of. */
export type Inside = {
  /** Header and body of what was signed or encrypted. */
  readonly entity: Uint8Array;
  /** The part of the tree it is, where it is one: the first part of a multipart/signed. */
  readonly part: Part | null;
};

type Opened = View | { readonly kind: 'refused'; readonly reason: string };
const refused = (reason: string): Opened => ({ kind: 'refused', reason });

/** Opens the view of a protected part: the message with the inside in the place of the part. */
export async function openView(
  message: OpenMessage,
  part: Part,
  inside: Inside,
  edits: readonly MessageEdit[],
): Promise<Opened> {
  const isRoot = part === message.root;
  const parent = findPart(message.root, part.path)?.parent ?? null;
  const mark = isRoot ? null : createMark();
  const entity = mark ? Buffer.concat([mark, inside.entity]) : inside.entity;
  const octets = await putEntityInTurns(message, part.path, entity);
  if (!octets) return refused('what is inside is no MIME entity that can stand in its place');
  await breathe(octets);
  const opened = openMessage(octets);
  const index = parent?.parts.indexOf(part) ?? 0;
  const there = parent ? findPart(opened.root, parent.path)?.part.parts[index] : opened.root;
  if (!there || opened.limit !== null) return refused('what is inside is too large or too deep to be edited');
  const moved = moveEdits(edits, part, there, inside.part);
  if (!moved) return refused('an edit names a part that is only there because of the signature');
  const protection = isRoot
    ? headerProtectionOf(message, inside.entity)
    : { lines: [], isEqual: true, isWrapped: false };
  const boundary = parent?.boundary ?? null;
  return {
    message: opened,
    edits: moved,
    protection,
    find: (now) => (mark ? findMarked(now, mark, boundary) : findRoot(now, protection)),
    leave: (now) => (mark ? cut(bufferOf(now), mark).octets : now),
  };
}

/** A field line nothing holds that is here already: nobody can guess it. */
const createMark = (): Buffer => Buffer.from(`X-Sluice-Inside: ${randomBytes(16).toString('hex')}\r\n`);

function findRoot(octets: Uint8Array, protection: HeaderProtection): Found {
  const tree = openMessage(octets);
  const entity = readEntity(tree, '');
  if (!entity) return { kind: 'lost', reason: 'the edited message has no MIME entity' };
  const fields = protection.isWrapped ? Buffer.alloc(0) : protectAgain(protection, tree);
  return { kind: 'found', tree, path: '', entity: fields.length > 0 ? Buffer.concat([fields, entity]) : entity };
}

/** The child of the multipart the part was in that holds the mark: an edit may have put something around the part. */
function findMarked(now: Uint8Array, mark: Buffer, boundary: string | null): Found {
  const { octets, at } = cut(bufferOf(now), mark);
  if (at < 0) return { kind: 'gone', octets };
  const tree = openMessage(octets);
  const around = [...everyPart(tree.root)].filter((part) => boundary !== null && part.boundary === boundary);
  const holder =
    around.length === 1 ? around[0]?.parts.find(({ header, next }) => header.from <= at && at < next) : null;
  const entity = holder ? readEntity(tree, holder.path) : null;
  if (!holder || !entity) return { kind: 'lost', reason: 'the part cannot be told from others after the edits' };
  return { kind: 'found', tree, path: holder.path, entity };
}

function cut(octets: Buffer, mark: Buffer): { readonly octets: Buffer; readonly at: number } {
  const at = octets.indexOf(mark);
  if (at < 0) return { octets, at };
  return { octets: Buffer.concat([octets.subarray(0, at), octets.subarray(at + mark.length)]), at };
}

/**
 * The edits with the names parts have in the view.
 *
 * @param there where the inside stands now
 * @param was the part of the tree it was, null where it was no part
 * @returns null when one of them names a part that is not in the view
 */
function moveEdits(
  edits: readonly MessageEdit[],
  part: Part,
  there: Part,
  was: Part | null,
): readonly MessageEdit[] | null {
  const names = new Map<string, string | null>();
  for (const { path } of everyPart(part)) names.set(path, null);
  if (was) rename(was, there, names);
  names.set(part.path, there.path);
  const moved = edits.map((edit) => {
    if (!('path' in edit) || !names.has(edit.path)) return edit;
    const path = names.get(edit.path) ?? null;
    return path === null ? null : { ...edit, path };
  });
  return moved.some((edit) => edit === null) ? null : moved.flatMap((edit) => edit ?? []);
}

/** Both trees are of the same octets. Depth is bounded by the index. */
function rename(was: Part, now: Part, names: Map<string, string | null>): void {
  names.set(was.path, now.path);
  for (const [at, child] of was.parts.entries()) {
    const other = now.parts[at];
    if (other) rename(child, other, names);
  }
}
