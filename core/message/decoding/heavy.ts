import { charsetOf, everyPart, type Part } from '../part.ts';
import { findCharset } from '../text/charset.ts';

/** Octets of text in a charset that is slow to read. */
const slowLimit = 16 * 1024;

/** Octets of a header from which on it is slow to tell and to change: everyday ones have a tenth. */
const headerLimit = 32 * 1024;

/** Whether a message that is not large is slow to read all the same. */
export function isHeavy(root: Part): boolean {
  if (root.header.to - root.header.from > headerLimit) return true;
  let slow = 0;
  for (const part of everyPart(root)) {
    const { from, to } = part.body;
    if (part.type.startsWith('text/') && to - from > 1024 && isSlow(charsetOf(part))) slow += to - from;
  }
  return slow > slowLimit;
}

function isSlow(label: string | null): boolean {
  const layout = label === null ? null : findCharset(label)?.layout;
  return layout === 'shifted' || layout === 'foreign';
}
