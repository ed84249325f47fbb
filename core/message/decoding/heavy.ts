import { charsetOf, everyPart, type Part } from '../part.ts';
import { findCharset } from '../text/charset.ts';

/** Octets of text in a charset that is slow to read: about a hundred of them a microsecond's work each. */
const slowLimit = 16 * 1024;

/** Whether a message that is not large is slow to read all the same. */
export function isHeavy(root: Part): boolean {
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
