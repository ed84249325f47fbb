/*
 * Run as a process of its own: imports a file into a keystore and uses the key. With a third argument it leaves a
 * snapshot of the main thread's heap there. Prints the identifier of the key.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { writeHeapSnapshot } from 'node:v8';
import { openKeystore } from '../../../../core/smime/keystore.ts';

const [folder = '', path = '', snapshot] = process.argv.slice(2);
const passphrase = { kind: 'file', path: join(folder, 'passphrase') } as const;
const cost = { N: 2 ** 10, r: 8, p: 1 };
const keystore = await openKeystore({ folder: join(folder, 'keys'), passphrase, cost, now: () => 0 });
if ('kind' in keystore) throw new Error(keystore.text);
const answer = await keystore.importKeys({ source: { kind: 'file', path }, password: 'file password', owner: null });
if (answer.kind === 'refused') throw new Error(answer.text);
const id = answer.entries[0]?.id ?? '';
const algorithm = { scheme: 'ecdsa', digest: 'sha256' } as const;
await keystore.use(id)({ kind: 'sign', algorithm, octets: randomBytes(32) });
process.stdout.write(`${id}\n`);
if (snapshot !== undefined) writeHeapSnapshot(snapshot);
await keystore[Symbol.asyncDispose]();
