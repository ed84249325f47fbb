import { parentPort } from 'node:worker_threads';
import { doWork, type Work, type Worked } from './work.ts';

/** One answer for each message, in order. */
parentPort?.on('message', (work: Work) => {
  const { octets, tag } = doWork(work);
  parentPort?.postMessage({ octets: onItsOwn(octets), tag: onItsOwn(tag) } satisfies Worked, []);
});

/** Views are sent with all they are views of: small ones share a buffer with others. */
const onItsOwn = (octets: Uint8Array): Uint8Array =>
  octets.byteLength === octets.buffer.byteLength ? octets : new Uint8Array(octets);
