import { parentPort } from 'node:worker_threads';
import '../../../../core/smime/keys/signer/worker.ts';

/* The thread of the keys, which ends when it is asked to remove the key `die`. */
parentPort?.on('message', (asked: { readonly ask: { readonly key?: string } } | null) => {
  if (asked?.ask.key === 'die') process.exit(3);
});
