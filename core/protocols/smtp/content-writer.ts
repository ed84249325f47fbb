import type { Content, ContentStore, Spool } from '../../database/content.ts';
import { Border } from './border.ts';

/** Octets kept in memory; what is larger streams into a spool. The same bound as that of a content row. */
const block = 64 * 1024;
const smallest = 4 * 1024;
/** So few octets are copied one by one: lines with little more than a dot come in such pieces, very many of them. */
const few = 16;

/** What is known before the content comes. */
type Expectations = {
  /** Octets the message may have. */
  readonly limit: number;
  /** Octets the client announced; 0 when it did not. */
  readonly expected: number;
  /** Our authserv-id. */
  readonly hostname: string;
};

/**
 * Takes the content of one message while it comes. Octets are copied once, into one growing block: however small the
 * pieces a client sends, no more than the block is held.
 */
export class ContentWriter {
  /** What the message may have; above it octets are counted and thrown away. */
  readonly limit: number;
  /** Octets of the message so far, our own field on top not counted. */
  size = 0;
  readonly #store: Pick<ContentStore, 'spool'>;
  #block: Buffer;
  #used: number;
  #spool: Spool | null = null;
  #pending: Promise<void> | null = null;
  /** Blocks that are written: fresh ones for each would make the runtime look for garbage again and again. */
  readonly #free: Buffer[] = [];
  readonly #border: Border;

  /**
   * @param head goes before the message
   */
  constructor(store: Pick<ContentStore, 'spool'>, head: string, { limit, expected, hostname }: Expectations) {
    this.#store = store;
    this.#border = new Border({ write: (chunk, from, to) => this.#keep(chunk, from, to) }, hostname);
    this.limit = limit;
    // Memory of its own, not from Node's pool: it may be handed to another thread.
    this.#block = Buffer.allocUnsafeSlow(Math.min(block, Math.max(smallest, expected + Buffer.byteLength(head) + 64)));
    this.#used = this.#block.write(head, 0);
  }

  get isTooLarge(): boolean {
    return this.size > this.limit;
  }

  write(chunk: Uint8Array, start: number, end: number): void {
    this.size += end - start;
    if (!this.isTooLarge) this.#border.write(chunk, start, end);
  }

  #keep(chunk: Uint8Array, start: number, end: number): void {
    if (end - start <= few && this.#used + end - start <= this.#block.length) {
      for (let at = start; at < end; at++) this.#block[this.#used++] = chunk[at] ?? 0;
      return;
    }
    for (let from = start; from < end;) {
      if (this.#used === this.#block.length) this.#makeRoom(end - from);
      const until = Math.min(end, from + this.#block.length - this.#used);
      this.#block.set(chunk.subarray(from, until), this.#used);
      this.#used += until - from;
      from = until;
    }
  }

  /** What has to be waited for before more is written, handed out once; null when there is nothing. */
  takePending(): Promise<void> | null {
    const pending = this.#pending;
    this.#pending = null;
    return pending;
  }

  /** @throws Fault of the spool: disk full, database unavailable */
  async finish(): Promise<Content> {
    this.#border.finish();
    const rest = this.#block.subarray(0, this.#used);
    if (!this.#spool) return { kind: 'inline', octets: rest };
    await this.#pending;
    await this.#spool.write(rest);
    return await this.#spool.finish();
  }

  /** Leaves nothing behind. */
  async abandon(): Promise<void> {
    await this.#pending?.catch(() => undefined);
    await this.#spool?.[Symbol.asyncDispose]();
  }

  #makeRoom(wanted: number): void {
    const length = this.#block.length;
    if (length < block) {
      const larger = Buffer.allocUnsafeSlow(Math.min(block, Math.max(length * 2, length + wanted)));
      this.#block.copy(larger, 0, 0, this.#used);
      this.#block = larger;
      return;
    }
    this.#spool ??= this.#store.spool();
    const spool = this.#spool;
    const full = this.#block;
    const write = async (): Promise<void> => {
      await spool.write(full);
      this.#free.push(full);
    };
    this.#pending = this.#pending ? this.#pending.then(write) : write();
    // Whoever waits for it hears of the failure; until then it is nobody's unhandled rejection.
    this.#pending.catch(() => undefined);
    this.#block = this.#free.pop() ?? Buffer.allocUnsafeSlow(block);
    this.#used = 0;
  }
}
