import { openDatabase } from '../../core/database/database.ts';
import { openQueue } from '../../core/queue/queue.ts';
import { openStore } from '../../core/store/store.ts';
import { openLog } from '../../core/telemetry/telemetry.ts';
import type { Account } from './ledger.ts';

const operations = ['directory', 'queue', 'store', 'delivery'].map(
  (part) => new URL(`../../core/${part}/operations.ts`, import.meta.url),
);

/**
 * Opens a data folder with the storage alone, and takes into account what lies in mailboxes and what the queue still
 * owes to each recipient. Nothing is delivered, so it is quick: a power cut can be looked at in a fraction of a second.
 *
 * @throws Fault when the folder does not open: then everything in it is lost
 */
export async function readAtRest(folder: string, account: Account): Promise<void> {
  await using database = await openDatabase({ folder, operations, log: openLog({ level: 'error' }) });
  const store = openStore(database);
  for (const { name } of await store.mailboxes()) {
    const recipient = name.slice(0, name.lastIndexOf('/'));
    for (const { uid } of await store.list(name)) account.take(recipient, Buffer.from(await store.octets(name, uid)));
  }

  const queue = openQueue(database, { owner: 'reader', now: Date.now });
  for (const message of await queue.list()) {
    const octets = Buffer.from(await queue.content(message));
    const owed = message.recipients.filter(({ state }) => state === 'pending');
    for (const { address } of owed) account.take(address, octets);
  }
}
