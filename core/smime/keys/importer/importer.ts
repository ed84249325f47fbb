import { Worker } from 'node:worker_threads';
import { refusalOf, type Refusal } from '../refusal.ts';

/** A file to be read. */
export type ImportQuestion = { readonly octets: Uint8Array; readonly password: string | null };

/** What was in it: DER of PKCS #8 and of X.509, in the order of the file. */
export type ImportAnswer =
  | {
      readonly kind: 'contents';
      readonly keys: readonly Uint8Array<ArrayBuffer>[];
      readonly certificates: readonly Uint8Array<ArrayBuffer>[];
    }
  | Refusal;

/** Octets of one file. */
export const fileLimit = 2 * 2 ** 20;
/** What reading one file may take. */
const timeLimit = 60_000;

/**
 * Reads a PKCS#12 or PEM file in a thread of its own, with a limit of memory and of time.
 *
 * LIMIT: a thread that is ended finishes the key derivation it is in; the limit of iterations bounds that.
 */
export function importFile({ octets, password }: ImportQuestion, limit: number = timeLimit): Promise<ImportAnswer> {
  if (octets.length > fileLimit) return Promise.resolve(refusalOf('malformed', 'too many octets'));
  const worker = new Worker(new URL('worker.ts', import.meta.url), {
    workerData: { octets, password },
    name: 'key-import',
    resourceLimits: { maxOldGenerationSizeMb: 128 },
  });
  const { promise, resolve } = Promise.withResolvers<ImportAnswer>();
  const timer = setTimeout(() => resolve(refusalOf('too-slow')), limit);
  worker.once('message', resolve);
  worker.once('error', () => resolve(refusalOf('malformed')));
  worker.once('exit', () => resolve(refusalOf('malformed')));
  return promise.finally(() => {
    clearTimeout(timer);
    void worker.terminate();
  });
}
