/** Where reading stands in the line. */
type State = 'start' | 'text' | 'cr' | 'dot' | 'dot-cr';

const nul = 0x00;
const lf = 0x0a;
const cr = 0x0d;
const dot = 0x2e;

/** Gets the octets of the content, in order: `chunk` from `start` to before `end`. */
export type Taker = { write(chunk: Uint8Array, start: number, end: number): void };

/** Finds out where content ends, and what is wrong with it. */
export type ContentReader = {
  /** Whether a CR without LF or a LF without CR was seen. */
  readonly hasBareLineEnd: boolean;
  readonly hasNul: boolean;
  /** Whether what was to come is here. */
  readonly isComplete: boolean;
  /**
   * @param from index in the chunk where to begin
   * @returns the index after the last octet that belongs to the content or its end
   */
  read(chunk: Uint8Array, from: number, taker: Taker): number;
};

/**
 * Reads what follows 354 up to `CRLF.CRLF`, and takes the transparency dots out (RFC 5321 §4.1.1.4, §4.5.2). Nothing
 * else ends it: not `LF.LF`, `LF.CRLF`, `CRLF.LF`, `CR.CR` (CVE-2023-51764, -51765, -51766). A LF or CR alone is
 * noted and stays what it is: the message is read to its end and then refused.
 *
 * One pass, one state, no octet kept: how the octets are packed into chunks makes no difference.
 */
export class DataReader implements ContentReader {
  hasBareLineEnd = false;
  hasNul = false;
  /** Whether `CRLF.CRLF` was read. */
  isComplete = false;
  #state: State = 'start';

  read(chunk: Uint8Array, from: number, taker: Taker): number {
    let run = from;
    let state = this.#state;
    for (let at = from; at < chunk.length; at++) {
      if (state === 'text') {
        // Nearly all octets: nothing from SO on means anything here.
        while (at < chunk.length && (chunk[at] ?? 0) > cr) at++;
        if (at === chunk.length) break;
      }
      const octet = chunk[at] ?? 0;
      if (state === 'start' && octet === dot) {
        if (at > run) taker.write(chunk, run, at);
        run = at + 1;
        state = 'dot';
      } else if (state === 'cr' && octet === lf) state = 'start';
      else if (state === 'dot' && octet === cr) state = 'dot-cr';
      else if (state === 'dot-cr' && octet === lf) {
        this.isComplete = true;
        return at + 1;
      } else {
        if (state === 'cr' || state === 'dot-cr') this.hasBareLineEnd = true;
        // The CR after the dot was held back; such content is refused, so it need not be put back.
        if (state === 'dot-cr') run = at;
        state = this.#afterText(octet);
      }
    }
    this.#state = state;
    const end = state === 'dot-cr' ? chunk.length - 1 : chunk.length;
    if (end > run) taker.write(chunk, run, end);
    return chunk.length;
  }

  #afterText(octet: number): State {
    if (octet === cr) return 'cr';
    if (octet === lf) this.hasBareLineEnd = true;
    if (octet === nul) this.hasNul = true;
    return 'text';
  }
}
