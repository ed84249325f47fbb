/** Where reading stands in the line. */
type State = 'start' | 'text' | 'cr' | 'dot' | 'dot-cr';

const nul = 0x00;
const lf = 0x0a;
const cr = 0x0d;
const dot = 0x2e;

/** Gets the octets of the content, in order: `chunk` from `start` to before `end`. */
export type Taker = { write(chunk: Uint8Array, start: number, end: number): void };

/**
 * Reads what follows 354 up to `CRLF.CRLF`, and takes the transparency dots out (RFC 5321 §4.1.1.4, §4.5.2). Nothing
 * else ends it: not `LF.LF`, `LF.CRLF`, `CRLF.LF`, `CR.CR` (CVE-2023-51764, -51765, -51766). A LF or CR alone is
 * noted and stays what it is: the message is read to its end and then refused.
 *
 * One pass, one state, no octet kept: how the octets are packed into chunks makes no difference.
 */
export class DataReader {
  /** Whether a CR without LF or a LF without CR was seen. */
  hasBareLineEnd = false;
  hasNul = false;
  /** Whether `CRLF.CRLF` was read. */
  isComplete = false;
  #state: State = 'start';

  /**
   * @param from index in the chunk where to begin
   * @returns the index after the last octet that belongs to the content or its end
   */
  read(chunk: Uint8Array, from: number, taker: Taker): number {
    let run = from;
    let at = from;
    for (; at < chunk.length; at++) {
      const octet = chunk[at] ?? 0;
      switch (this.#state) {
        case 'text':
          // Nearly every octet ends here.
          if (octet > cr) break;
          this.#state = this.#afterText(octet);
          break;
        case 'start':
          if (octet === dot) {
            if (at > run) taker.write(chunk, run, at);
            run = at + 1;
            this.#state = 'dot';
          } else this.#state = this.#afterText(octet);
          break;
        case 'cr':
          if (octet === lf) this.#state = 'start';
          else {
            this.hasBareLineEnd = true;
            this.#state = this.#afterText(octet);
          }
          break;
        case 'dot':
          this.#state = octet === cr ? 'dot-cr' : this.#afterText(octet);
          break;
        case 'dot-cr':
          if (octet === lf) {
            this.isComplete = true;
            return at + 1;
          }
          // The CR after the dot stands alone: such content is refused, so it need not be put back.
          this.hasBareLineEnd = true;
          run = at;
          this.#state = this.#afterText(octet);
          break;
      }
    }
    const end = this.#state === 'dot-cr' ? at - 1 : at;
    if (end > run) taker.write(chunk, run, end);
    return at;
  }

  #afterText(octet: number): State {
    if (octet === cr) return 'cr';
    if (octet === lf) this.hasBareLineEnd = true;
    if (octet === nul) this.hasNul = true;
    return 'text';
  }
}
