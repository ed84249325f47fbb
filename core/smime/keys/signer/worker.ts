import { readFile, stat } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { privateKeyOf } from '../../private-key.ts';
import { fileLimit, importFile } from '../importer/importer.ts';
import { ownerOf, pairUp } from '../pair.ts';
import { Refused, refusalOf } from '../refusal.ts';
import { readKeyFiles, removeKeyFile, writeKeyFile, type Held } from './key-file.ts';
import { openStoreKey } from './store-key.ts';
import type { Answer, Answered, Ask, Asked, KeySource, Opening, SignerStart } from './wire.ts';

/*
 * The one thread that has private keys. They come in from files, sealed or with a password, and never go out.
 */
const start: SignerStart = workerData;
const keys = new Map<string, Held>();
let storeKey: Buffer = Buffer.alloc(0);
/** Imports and removals happen one after the other; using keys does not wait for them. */
let changes: Promise<unknown> = Promise.resolve();

const opening = await open().catch((error: unknown) => refuse(error, 'folder-unusable'));
parentPort?.postMessage(opening satisfies Opening, []);
parentPort?.on('message', (asked: Asked | null) => {
  if (asked) void reply(asked);
  else void changes.finally(() => parentPort?.close());
});

async function open(): Promise<Opening> {
  storeKey = await openStoreKey(start);
  const { held, problems } = await readKeyFiles(start.folder, storeKey);
  for (const one of held) keys.set(one.entry.id, one);
  return { kind: 'open', entries: held.map(({ entry }) => entry), problems };
}

async function reply({ id, ask }: Asked): Promise<void> {
  const answer = await answerTo(ask).catch((error: unknown) => refuse(error, 'folder-unusable'));
  parentPort?.postMessage({ id, answer } satisfies Answered, []);
}

/** An error nobody foresaw may say anything, so only its code goes on. */
function refuse(error: unknown, code: 'folder-unusable') {
  if (error instanceof Refused) return error.refusal;
  return refusalOf(code, error instanceof Error && 'code' in error ? String(error.code) : '');
}

function answerTo(ask: Ask): Promise<Answer> {
  if (ask.kind === 'use') return use(ask);
  const change = changes.then(() => (ask.kind === 'import' ? importKeys(ask) : remove(ask.key)));
  changes = change.catch(() => undefined);
  return change;
}

async function use({ key, operation }: Ask & { kind: 'use' }): Promise<Answer> {
  const held = keys.get(key);
  if (!held) return refusalOf('key-unknown');
  try {
    return { kind: 'octets', octets: await privateKeyOf(held.key)(operation) };
  } catch (error) {
    return { kind: 'failed', reason: error instanceof Error && 'code' in error ? String(error.code) : 'failed' };
  }
}

async function importKeys({ source, password, owner, at }: Ask & { kind: 'import' }): Promise<Answer> {
  const contents = await importFile({ octets: await readSource(source), password });
  if (contents.kind === 'refused') return contents;
  const pairs = pairUp(contents.keys, contents.certificates);
  for (const octets of contents.keys) octets.fill(0);
  const owned = pairs.map((pair) => ({ pair, owner: ownerOf(pair.certificate, owner) })); // all or none
  const held: Held[] = [];
  for (const one of owned)
    held.push(await writeKeyFile(one.pair, { folder: start.folder, storeKey, owner: one.owner, at }));
  for (const one of held) keys.set(one.entry.id, one);
  return { kind: 'imported', entries: held.map(({ entry }) => entry) };
}

async function readSource(source: KeySource): Promise<Uint8Array> {
  if (source.kind === 'octets') return source.octets;
  const status = await stat(source.path).catch(() => null);
  if (!status?.isFile() || status.size > fileLimit) throw new Refused('file-unreadable', source.path);
  return readFile(source.path).catch(() => {
    throw new Refused('file-unreadable', source.path);
  });
}

async function remove(key: string): Promise<Answer> {
  if (!keys.has(key)) return refusalOf('key-unknown');
  await removeKeyFile(start.folder, key);
  keys.delete(key);
  return { kind: 'removed' };
}
