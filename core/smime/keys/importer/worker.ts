import { parentPort, workerData } from 'node:worker_threads';
import { Malformed } from '../../asn1/malformed.ts';
import { Refused, refusalOf } from '../refusal.ts';
import { roundLimit } from './budget.ts';
import type { ImportAnswer, ImportQuestion } from './importer.ts';
import { readPemKeys } from './pem-keys.ts';
import { readPkcs12 } from './pkcs12.ts';

/*
 * A thread of its own for every file: what is hostile in it can cost no more than this thread. It answers once.
 */
const question: ImportQuestion = workerData;
const answer = read(question);
// Copies of their own: a Buffer may be a view of a pool that cannot be handed over.
const handed = answer.kind === 'contents' ? [...answer.keys, ...answer.certificates].map(({ buffer }) => buffer) : [];
parentPort?.postMessage(answer, handed);

function read({ octets, password }: ImportQuestion): ImportAnswer {
  const budget = { left: roundLimit };
  const file = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  try {
    const isDer = file[0] === 0x30;
    const found = isDer ? readPkcs12(file, password, budget) : readPemKeys(file.toString('latin1'), password, budget);
    return { kind: 'contents', keys: found.keys.map(copy), certificates: found.certificates.map(copy) };
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    if (error instanceof Malformed) return refusalOf('malformed', error.message);
    return refusalOf('malformed'); // what such an error says may hold anything
  }
}

function copy(octets: Buffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(octets);
}
