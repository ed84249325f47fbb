/** A command line without its CRLF, in Latin-1, or why it is none. */
export type CommandLine =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'bad'; readonly problem: 'too-long' | 'bare-line-end' | 'nul' | 'endless' };

const cr = 0x0d;
const lf = 0x0a;
/** Octets thrown away in search of the end of a bad line; after that there is no talking to this client. */
const patience = 1024 * 1024;

/**
 * Cuts octets into command lines. A line ends with CRLF and with nothing else (RFC 5321 §2.3.8): where two parties
 * disagree about what ends a line, commands are smuggled. A bad line is told at once, before its end is there, and the
 * rest of it is thrown away; so memory stays below the limit whatever is sent (CVE-2026-38728).
 */
export class LineReader {
  /** Index in the chunk after the last line read. */
  position = 0;
  /** Octets of a command line, CRLF included. */
  limit: number;
  #kept = '';
  #skipped = -1;
  #skippedCr = false;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** @returns the next line in the chunk from `position` on; null when the chunk is used up */
  read(chunk: Buffer): CommandLine | null {
    if (this.#skipped >= 0 && this.position < chunk.length) {
      const endless = this.#skip(chunk);
      if (endless) return endless;
    }
    if (this.position >= chunk.length) return null;
    const end = chunk.indexOf(lf, this.position);
    const text = this.#kept + chunk.toString('latin1', this.position, end < 0 ? chunk.length : end + 1);
    this.position = end < 0 ? chunk.length : end + 1;
    if (end >= 0 && text.length <= this.limit && text.endsWith('\r\n')) return this.#complete(text);
    const problem = problemOf(text, end >= 0, this.limit);
    if (problem === null) {
      this.#kept = text;
      return null;
    }
    this.#kept = '';
    // A line too long whose end is here has nothing left to skip.
    this.#skipped = text.endsWith('\r\n') ? -1 : 0;
    this.#skippedCr = text.endsWith('\r');
    return { kind: 'bad', problem };
  }

  #complete(text: string): CommandLine {
    this.#kept = '';
    const line = text.slice(0, -2);
    if (line.includes('\0')) return { kind: 'bad', problem: 'nul' };
    return line.includes('\r') ? { kind: 'bad', problem: 'bare-line-end' } : { kind: 'line', text: line };
  }

  /** Throws away what is left of a bad line. @returns word of a line that does not want to end */
  #skip(chunk: Buffer): CommandLine | null {
    let end = this.#skippedCr && chunk[this.position] === lf ? this.position : -1;
    if (end < 0) {
      end = chunk.indexOf('\r\n', this.position, 'latin1');
      if (end >= 0) end += 1;
    }
    this.#skipped += (end < 0 ? chunk.length : end) - this.position;
    this.#skippedCr = chunk[chunk.length - 1] === cr;
    this.position = end < 0 ? chunk.length : end + 1;
    const isEndless = end < 0 && this.#skipped > patience;
    if (end >= 0) this.#skipped = -1;
    return isEndless ? { kind: 'bad', problem: 'endless' } : null;
  }
}

function problemOf(text: string, hasLf: boolean, limit: number): 'too-long' | 'bare-line-end' | null {
  if (text.length > limit) return 'too-long';
  return hasLf ? 'bare-line-end' : null;
}
