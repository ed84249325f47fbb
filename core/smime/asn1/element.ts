import { isConstructed, readHeader } from './header.ts';
import { Incomplete, Malformed } from './malformed.ts';

/** One element of BER or DER, over the octets it was read from. */
export type Element = {
  /** The identifier octet. */
  readonly tag: number;
  /** All of it. */
  readonly octets: Buffer;
  /** Without identifier, length and end-of-contents. */
  readonly content: Buffer;
  /** How deep it lies, and how many elements may still be read around it. */
  readonly bounds: Bounds;
  /** What finding the end of an indefinite length came across; null when the length was given. */
  readonly found: readonly Element[] | null;
};

type Bounds = { readonly depth: number; readonly budget: { left: number } };

const depthLimit = 40;
const elementLimit = 250_000;

/**
 * Reads the first element of `octets`; what follows it is not looked at.
 *
 * Elements inside one of known length are read when asked for, so hostile octets cost what is used of them.
 *
 * @throws Malformed, Incomplete
 * @source X.690 §8
 */
export function readElement(octets: Buffer): Element {
  return readAt(octets, 0, { depth: 0, budget: { left: elementLimit } });
}

/** What is inside a constructed element. @throws Malformed when it is primitive, or its contents are no elements */
export function childrenOf(element: Element): readonly Element[] {
  if (element.found) return element.found;
  if (!isConstructed(element.tag)) throw new Malformed('a primitive element where a constructed one belongs');
  const children: Element[] = [];
  const bounds = { ...element.bounds, depth: element.bounds.depth + 1 };
  for (let at = 0; at < element.content.length;) {
    const child = readAt(element.content, at, bounds);
    if (child.tag === 0) throw new Malformed('an end without a beginning');
    children.push(child);
    at += child.octets.length;
  }
  return children;
}

function readAt(octets: Buffer, at: number, bounds: Bounds): Element {
  if (bounds.depth > depthLimit) throw new Malformed('nested too deep');
  bounds.budget.left -= 1;
  if (bounds.budget.left < 0) throw new Malformed('too many elements');
  const { tag, content, length } = readHeader(octets, at);
  if (length < 0) return readIndefinite(octets, at, bounds);
  const end = content + length;
  if (end > octets.length) throw new Incomplete('the contents end too early');
  return { tag, octets: octets.subarray(at, end), content: octets.subarray(content, end), bounds, found: null };
}

function readIndefinite(octets: Buffer, start: number, bounds: Bounds): Element {
  const inner = { ...bounds, depth: bounds.depth + 1 };
  const found: Element[] = [];
  for (let at = start + 2; ;) {
    const child = readAt(octets, at, inner);
    const end = at + child.octets.length;
    if (child.tag === 0) {
      if (child.content.length > 0) throw new Malformed('an end with contents');
      const content = octets.subarray(start + 2, at);
      return { tag: octets[start] ?? 0, octets: octets.subarray(start, end), content, bounds, found };
    }
    found.push(child);
    at = end;
  }
}
