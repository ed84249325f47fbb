import type { ContentReader, Taker } from './data-reader.ts';

const nul = 0x00;
const lf = 0x0a;
const cr = 0x0d;

/**
 * Reads chunks of content (BDAT): so many octets, whatever is in them. Dots mean nothing, and line ends are held to
 * the same rule as after DATA: only CRLF, because BINARYMIME is not offered (RFC 3030 §2) and the message may go on by
 * a way that has no chunks.
 */
export class ChunkReader implements ContentReader {
  hasBareLineEnd = false;
  hasNul = false;
  #left = 0;
  /** The octet before; a message begins as a line does. */
  #before = lf;

  /** One more chunk is coming. */
  expect(octets: number): void {
    this.#left = octets;
  }

  get isComplete(): boolean {
    return this.#left === 0;
  }

  read(chunk: Uint8Array, from: number, taker: Taker): number {
    const end = Math.min(chunk.length, from + this.#left);
    this.#check(chunk, from, end);
    this.#left -= end - from;
    if (end > from) taker.write(chunk, from, end);
    return end;
  }

  /** No chunk follows: a last line without its end gets one. */
  finish(taker: Taker): void {
    if (this.#before === cr) this.hasBareLineEnd = true;
    else if (this.#before !== lf) taker.write(lineEnd, 0, lineEnd.length);
  }

  #check(chunk: Uint8Array, from: number, end: number): void {
    let before = this.#before;
    for (let at = from; at < end; at++) {
      const octet = chunk[at] ?? 0;
      if (octet > cr && before !== cr) {
        // Nearly all octets: nothing from SO on means anything here.
        while (at + 1 < end && (chunk[at + 1] ?? 0) > cr) at++;
        before = octet;
        continue;
      }
      if ((before === cr) !== (octet === lf)) this.hasBareLineEnd = true;
      if (octet === nul) this.hasNul = true;
      before = octet;
    }
    this.#before = before;
  }
}

const lineEnd = Uint8Array.of(cr, lf);
