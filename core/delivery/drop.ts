import { mkdir, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { reply } from '../../sdk/reply.ts';
import type { QueuedMessage } from '../queue/queue.ts';
import { reportOn, tellsOf } from './failures.ts';
import type { DeliveryParts } from './parts.ts';
import type { Route, Routed } from './route.ts';
import { recordStep } from './trace.ts';

export type Dropped = Routed<Extract<Route, { kind: 'folder' }>>;

const delivered = reply(250, '1.5', 'Delivered');

/**
 * Puts a message into the folders of its domains, one file for each folder, and settles those recipients. The file has
 * `x-sender` and an `x-receiver` for each recipient on top, as a pickup folder takes it. A file that is there is whole: it
 * is written beside, flushed and renamed. Its name is that of the message, so that another attempt replaces it.
 *
 * @throws Fault or Error when a folder cannot be written to; nothing is settled then
 */
export async function dropIntoFolders(
  parts: DeliveryParts,
  message: QueuedMessage,
  dropped: readonly Dropped[],
): Promise<{ readonly reports: number; readonly tells: number }> {
  const octets = await parts.queue.content(message);
  for (const [folder, all] of Map.groupBy(dropped, ({ route }) => route.folder)) {
    const receivers = all.map(({ recipient }) => `x-receiver: <${recipient.address}>\r\n`);
    const head = Buffer.from([`x-sender: <${message.reversePath}>\r\n`, ...receivers].join(''));
    await writeWhole(join(folder, `${message.traceId}-${message.id}.eml`), [head, octets]);
  }
  const receipts = dropped.map(
    ({ recipient }) => ({ recipient: recipient.address, reply: delivered, action: 'delivered' }) as const,
  );
  const reports = await reportOn(parts, message, receipts);
  const tells = dropped.flatMap(({ recipient, route }) =>
    tellsOf(parts, message, 'onDelivered', { recipient: recipient.address, mailbox: `folder:${route.folder}` }),
  );
  const results = dropped.map(
    ({ recipient: { id } }) => ({ recipient: id, state: 'delivered', reply: '250 2.1.5 Delivered' }) as const,
  );
  await parts.queue.settle(message, results, reports, tells);
  recordStep(parts, message, {
    event: 'drop',
    detail: { dropped: dropped.map(({ recipient, route }) => [recipient.address, route.folder]) },
  });
  return { reports: reports.length, tells: tells.length };
}

async function writeWhole(path: string, pieces: readonly Uint8Array[]): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const beside = `${path}.tmp`;
  {
    await using file = await open(beside, 'w', 0o600);
    for (const piece of pieces) await file.writeFile(piece);
    await file.sync();
  }
  await rename(beside, path);
  await using opened = await open(folder, 'r');
  await opened.sync();
}
