import { isConstructed, headerLimit, readHeader, type Header } from '../asn1/header.ts';
import { Incomplete, Malformed } from '../asn1/malformed.ts';
import { tags } from '../asn1/values.ts';

/** An octet string that comes in chunks. */
export type OctetStringStream = {
  /**
   * Takes the next octets.
   *
   * @returns what of the string was in them, and how many octets were taken; fewer than given when the string has ended
   * @throws Malformed
   */
  push(chunk: Buffer): { readonly octets: Buffer; readonly taken: number; readonly done: boolean };
};

const depthLimit = 8;
const open = -1;
/** Pieces that hold less than this on average are there to keep us busy; the first ones may. */
const smallest = 16;
const freePieces = 65_536;

/**
 * Reads the contents of an octet string, primitive or constructed, definite or indefinite, in constant memory.
 *
 * @param header of the string, which has been taken already; its own tag does not matter
 * @source X.690 §8.7
 */
export function createOctetStringStream(header: Header): OctetStringStream {
  const nest = createNest(header);
  /** The beginning of a header that goes on in the next chunk. */
  let carry: Buffer = Buffer.alloc(0);

  const takeHeader = (chunk: Buffer, at: number): number => {
    const octets = carry.length > 0 ? Buffer.concat([carry, chunk.subarray(at, at + headerLimit)]) : chunk;
    const from = carry.length > 0 ? 0 : at;
    const found = tryHeader(octets, from);
    if (!found) {
      carry = Buffer.from(octets.subarray(from, from + headerLimit));
      return chunk.length - at;
    }
    const taken = found.content - from - carry.length;
    carry = Buffer.alloc(0);
    nest.enter(found, found.content - from);
    return taken;
  };

  return {
    push(chunk) {
      const pieces: Buffer[] = [];
      let at = 0;
      while (!nest.isDone() && at < chunk.length) {
        if (nest.left() === 0) {
          at += takeHeader(chunk, at);
          continue;
        }
        const piece = chunk.subarray(at, at + nest.left());
        pieces.push(piece);
        nest.take(piece.length);
        at += piece.length;
      }
      return { octets: join(pieces), taken: at, done: nest.isDone() };
    },
  };
}

type Nest = {
  /** Octets left of the string in one piece that is being read; 0 when a header comes next. */
  left(): number;
  take(count: number): void;
  /** @param size octets of the header itself @throws Malformed */
  enter(header: Header, size: number): void;
  isDone(): boolean;
};

/** Where in strings of strings a reader is. */
function createNest({ tag, length }: Header): Nest {
  /** Octets until the end of each string of strings around the place; `open` for those that end with a mark. */
  const around: number[] = isConstructed(tag) ? [length] : [];
  let left = isConstructed(tag) ? 0 : length;
  let headers = 0;
  let contents = 0;

  const pass = (count: number): void => {
    for (const [level, rest] of around.entries()) {
      if (rest === open) continue;
      if (rest < count) throw new Malformed('a string that ends inside another');
      around[level] = rest - count;
    }
  };
  const close = (): void => {
    if (left > 0) return;
    while (around.at(-1) === 0) around.pop();
  };
  close();

  return {
    left: () => left,
    isDone: () => left === 0 && around.length === 0,
    take(count) {
      pass(count);
      left -= count;
      contents += count;
      close();
    },
    enter(header, size) {
      pass(size);
      headers += 1;
      if (headers > freePieces && headers * smallest > contents) throw new Malformed('countless small pieces');
      if (header.length > Math.min(...around.filter((rest) => rest !== open)))
        throw new Malformed('a string that ends inside another');
      if (header.tag === 0) {
        if (header.length > 0 || around.pop() !== open) throw new Malformed('an end without a beginning');
      } else if (header.tag === tags.octetString) left = header.length;
      else if (header.tag === (tags.octetString | 0x20) && around.length < depthLimit) around.push(header.length);
      else throw new Malformed('something else inside an octet string');
      close();
    },
  };
}

function tryHeader(octets: Buffer, at: number): Header | null {
  try {
    return readHeader(octets, at);
  } catch (error) {
    if (error instanceof Incomplete) return null;
    throw error;
  }
}

const join = (pieces: readonly Buffer[]): Buffer =>
  pieces.length === 1 ? (pieces[0] ?? Buffer.alloc(0)) : Buffer.concat(pieces);
