import { createHash } from 'node:crypto';
import { everyPart } from '../../part.ts';
import type { Scene } from './scene.ts';

/** Longest boundary: 70 characters (RFC 2046 §5.1.1). */
const length = 40;
const tries = 50;

/**
 * Makes a boundary out of what it is for, so that an edit made again gives the same octets. It occurs nowhere in the
 * message or the new content, and begins with no boundary there is: to some readers that would be the other one.
 *
 * @param content octets that will stand between its delimiters
 * @returns null when nothing fits, which takes a message made for that
 * @source RFC 2046 §5.1.1
 */
export function makeBoundary({ octets, root }: Scene, content: readonly Buffer[]): string | null {
  const others = boundariesOf({ root });
  const seed = createHash('sha256').update(octets.subarray(root.header.from, root.header.to));
  for (const piece of content) seed.update(piece);
  const digest = seed.digest();
  for (let count = 0; count < tries; count += 1) {
    const boundary = createHash('sha256').update(digest).update(String(count)).digest('hex').slice(0, length);
    const isFree = !others.some((other) => boundary.startsWith(other));
    if (isFree && ![octets, ...content].some((piece) => piece.includes(boundary))) return boundary;
  }
  return null;
}

/** Every boundary in use. */
export const boundariesOf = ({ root }: Pick<Scene, 'root'>): readonly string[] =>
  [...everyPart(root)].flatMap(({ boundary }) => (boundary === null ? [] : [boundary]));
