import { parentPort } from 'node:worker_threads';
import { doWork, type Work, type Worked } from './work.ts';

/** One answer for each message, in order; its octets are handed over. */
parentPort?.on('message', (work: Work) => {
  const { octets, tag } = doWork(work);
  const worked = { octets: onItsOwn(octets), tag: onItsOwn(tag) };
  parentPort?.postMessage(worked satisfies Worked, [worked.octets.buffer]);
});

/** Small views share a buffer with others, and cannot be handed over. */
const onItsOwn = (octets: Uint8Array): Uint8Array<ArrayBuffer> =>
  octets.buffer instanceof ArrayBuffer && octets.length * 2 > octets.buffer.byteLength
    ? new Uint8Array(octets.buffer, octets.byteOffset, octets.length)
    : new Uint8Array(octets);
