import { Worker } from 'node:worker_threads';

/** What to send, how, and for how long. */
export type LoadOptions = {
  readonly port: number;
  /** Connections at the same time. */
  readonly connections: number;
  /** `kept`: many messages a connection, pipelined as RFC 2920 allows; the others: one message a connection. */
  readonly connection: 'kept' | 'new' | 'starttls-new';
  /** Octets of one message, dot-stuffed and complete but for the final dot. */
  readonly content: Uint8Array;
  readonly reversePath: string;
  readonly recipient: string;
  /** Messages a second over all connections, at even intervals; null: as fast as the replies come. */
  readonly rate: number | null;
  /** Milliseconds that do not count, before the windows. */
  readonly warmUp: number;
  /** Milliseconds of one window, and how many of them. */
  readonly window: number;
  readonly windows: number;
  /** Ends after so many messages, even inside a window; null: when the windows are over. */
  readonly messages: number | null;
};

export type LoadResult = {
  /** Messages the server answered with 250, warm-up included. */
  readonly acknowledged: number;
  /** Messages or connections that were refused or broke, and the first such reply. */
  readonly refused: number;
  readonly firstRefusal: string | null;
  /** Acknowledged messages a second, by window; with `messages` set, one figure over the whole run. */
  readonly rates: readonly number[];
  /** Milliseconds from end-of-data (with a rate: from the instant it was due) to its reply, without the warm-up. */
  readonly latency: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Share of one core the generator itself used: near 1, it is the limit and not the server. */
  readonly ownCpu: number;
};

/**
 * Puts an SMTP server under load from a thread of its own, so that the caller's event loop does not matter.
 *
 * @throws Error when nobody listens on the port
 */
export function runLoad(options: LoadOptions): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./load-worker.ts', import.meta.url), { workerData: options });
    worker.once('message', (result: LoadResult) => resolve(result));
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the load generator ended without a result')));
  });
}
