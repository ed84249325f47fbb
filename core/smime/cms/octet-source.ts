import { setImmediate as turn } from 'node:timers/promises';

/**
 * Octets that can be read from their beginning any number of times, and are the same each time: in memory, or a file
 * that nobody changes. A piece counts until the next one is asked for: a source may use one buffer for all of them.
 */
export type OctetSource = Uint8Array | (() => AsyncIterable<Uint8Array>);

/** Octets of a piece: small enough that garbage does not pile up between two collections. */
export const pieceSize = 64 * 1024;

/** Octets read before the event loop may turn. */
const step = 2 ** 20;

/** Reads a source in pieces of at most 64 KB where it is in memory, as they come where it is not. */
export async function* readSource(source: OctetSource): AsyncGenerator<Uint8Array> {
  if (typeof source === 'function') yield* source();
  else yield* inSteps(source);
}

async function* inSteps(octets: Uint8Array): AsyncGenerator<Uint8Array> {
  let read = 0;
  for (const piece of piecesOf(octets)) {
    if (read >= step) {
      await turn();
      read = 0;
    }
    read += piece.length;
    yield piece;
  }
}

/** The same octets in pieces, not copied. */
export function* piecesOf(octets: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < octets.length; at += pieceSize) yield octets.subarray(at, at + pieceSize);
}
