import type { ContentReceiver } from './content-receiver.ts';
import { LineReader, type CommandLine } from './line-reader.ts';

const nothing = Buffer.alloc(0);

/** What the client has sent and nobody has read: the chunk in hand, and the right to ask for the next one. */
export class Input {
  readonly #lines = new LineReader(0);
  #chunk: Buffer = nothing;
  #at = 0;
  #done: (() => void) | null = null;

  /** @param done asks for the next chunk */
  take(chunk: Buffer, done: () => void): void {
    this.#chunk = chunk;
    this.#at = 0;
    this.#done = done;
  }

  /** Whether a chunk is in hand, read to its end or not. */
  get isHeld(): boolean {
    return this.#done !== null;
  }

  get isRead(): boolean {
    return this.#at >= this.#chunk.length;
  }

  /** Whether the client has sent more than what was read. @param waiting octets that are here, the chunk included */
  isFollowed(waiting: number): boolean {
    return !this.isRead || waiting > this.#chunk.length;
  }

  /** @param limit octets, CRLF included. @returns null when its end is not here yet */
  cutLine(limit: number): CommandLine | null {
    this.#lines.limit = limit;
    this.#lines.position = this.#at;
    const line = this.#lines.read(this.#chunk);
    this.#at = this.#lines.position;
    return line;
  }

  /** Gives the receiver what is its own. */
  pour(receiver: ContentReceiver): void {
    this.#at = receiver.receive(this.#chunk, this.#at);
  }

  /** Passes over octets. @returns how many: at most those there are */
  skip(most: number): number {
    const octets = Math.min(most, this.#chunk.length - this.#at);
    this.#at += octets;
    return octets;
  }

  /** Nobody reads the rest of the chunk. */
  discard(): void {
    this.#at = this.#chunk.length;
  }

  /** The chunk is gone. @returns what asks for the next one; null when none was in hand */
  release(): (() => void) | null {
    const done = this.#done;
    this.#chunk = nothing;
    this.#at = 0;
    this.#done = null;
    return done;
  }
}
