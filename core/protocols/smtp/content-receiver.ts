import { ContentWriter } from './content-writer.ts';
import type { ContentReader } from './data-reader.ts';
import type { Server } from './services.ts';
import type { Transaction } from './transaction.ts';

/** What a client may send beyond the limit before we stop listening; a multiple of the limit, and some octets. */
const patience = { factor: 2, octets: 1024 * 1024 };

/** The content of one message on its way in: read, noted what is wrong with it, put where it stays. */
export class ContentReceiver {
  readonly transaction: Transaction;
  readonly reader: ContentReader;
  readonly writer: ContentWriter;
  /** What storing it failed with; the rest is read and thrown away, so that the reply comes where it belongs. */
  failure: { readonly cause: unknown } | null = null;

  /** @param head goes on top of the message: our Received field */
  constructor(server: Server, transaction: Transaction, reader: ContentReader, head: string) {
    this.reader = reader;
    const announced = Number(transaction.parameters['SIZE'] ?? 0);
    this.transaction = transaction;
    const { hostname, limits } = server.options;
    this.writer = new ContentWriter(server.services.content, head, {
      limit: limits.size,
      expected: announced,
      hostname,
    });
  }

  /** @returns the index in the chunk after what belongs to the content */
  receive(chunk: Buffer, from: number): number {
    return this.reader.read(chunk, from, this.writer);
  }

  /** Whether what was to come is here. */
  get isComplete(): boolean {
    return this.reader.isComplete;
  }

  /** Whether so much too much has come that waiting for the end makes no sense. */
  get isHopeless(): boolean {
    const { size, limit } = this.writer;
    return size > limit * patience.factor + patience.octets;
  }

  /** Resolves, and never rejects, when more can be taken; null when it can be at once. Ask once after each chunk. */
  untilReady(): Promise<void> | null {
    const pending = this.writer.takePending();
    return (
      pending &&
      pending.catch((cause: unknown) => {
        this.failure ??= { cause };
      })
    );
  }

  /** Nothing of it stays behind. */
  async abandon(): Promise<void> {
    await this.writer.abandon();
  }
}
