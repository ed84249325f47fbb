import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../../../core/database/database.ts';
import { openDirectory } from '../../../../core/directory/directory.ts';
import { openQueue } from '../../../../core/queue/queue.ts';
import { next, prependField, quarantine } from '../../../../sdk/index.ts';
import { play } from '../../../support/dialogue.ts';
import { hello, oneMessage, serve, type Setup } from './serve.ts';

const operations = ['directory', 'queue'].map(
  (part) => new URL(`../../../../core/${part}/operations.ts`, import.meta.url),
);

/** SMTP on the real database, queue, directory and content store. */
async function serveStored(setup: Setup = {}, maxPages?: number) {
  await using opening = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'smtp-stored-'));
  opening.defer(() => rm(folder, { recursive: true }));
  const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
  const database = opening.use(
    await openDatabase({ folder, operations, log, ...(maxPages === undefined ? {} : { maxPages }) }),
  );
  const directory = openDirectory(database, { hashPassword: async () => 'x' });
  await directory.sync([{ name: 'example.test', users: ['bob', 'ann'] }]);
  const queue = openQueue(database, { owner: 'test', now: Date.now });
  const server = opening.use(
    await serve({ ...setup, services: { queue, directory, content: database.content, ...setup.services } }),
  );
  const opened = opening.move();
  return {
    server,
    queue,
    contents: () => readdir(join(folder, 'content')),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

const big = { limits: { size: 1024 * 1024 } };
const large = (octets: number): string => `C: MAIL FROM:<ann@client.test>
C: RCPT TO:<Bob@example.test>
C: RCPT TO:<ann@example.test>
C: DATA
S: 250 2.1.0 Ok
S: 250 2.1.5 Ok
S: 250 2.1.5 Ok
S: 354 …
C: ${'x'.repeat(octets)}
C: .
`;

test('what got 250 is in the queue, octet for octet, small and large', async () => {
  await using house = await serveStored({ options: big });
  await play(`${hello}${oneMessage}${large(200_000)}S: 250 2.0.0 Ok: queued as id3`, house.server.port);
  const [small, big1] = await house.queue.list();
  expect([small, big1]).toMatchObject([
    { traceId: 'id2', state: 'accepted', recipients: [{ address: 'bob@example.test' }], session: { id: 'id1' } },
    { traceId: 'id3', recipients: [{ address: 'Bob@example.test' }, { address: 'ann@example.test' }] },
  ]);
  const read = async (message: typeof small) => Buffer.from(await house.queue.content(message as never)).toString();
  expect(await read(small)).toMatch(/^Received: [\s\S]*id id2\r\n[\s\S]*\r\nSubject: hello\r\n\r\nhello\r\n$/);
  expect((await read(big1)).endsWith(`+0000\r\n${'x'.repeat(200_000)}\r\n`)).toBe(true);
  expect(await house.contents()).toHaveLength(1);
});

test('an edited message is queued as it was written, and only that', async () => {
  await using house = await serveStored({
    options: big,
    sinks: { onEndOfData: () => next(prependField('X-Seen', 'yes')) },
  });
  await play(`${hello}${large(100_000)}S: 250 …`, house.server.port);
  const [message] = await house.queue.list();
  expect(Buffer.from(await house.queue.content(message as never)).toString()).toMatch(/^X-Seen: yes\r\nReceived: /);
  expect(await house.contents()).toHaveLength(1);
});

test('quarantine is a state of the queue from the first moment', async () => {
  await using house = await serveStored({ sinks: { onEndOfData: () => quarantine('odd') } });
  await play(`${hello}${oneMessage}`, house.server.port);
  expect(await house.queue.list()).toMatchObject([{ state: 'quarantine', reason: 'odd' }]);
  expect(await house.queue.claim(10)).toEqual([]);
});

test('a full disk is 452 4.3.1, and nothing of the message stays', async () => {
  await using house = await serveStored({ options: big }, 40);
  const fill = large(60_000);
  await play(
    `${hello}${fill}S: …\n${fill}S: …\n${fill}S: …
     ${fill}S: 452 4.3.1 Insufficient system storage, try again later
     C: NOOP
     S: 250 2.0.0 Ok`,
    house.server.port,
  );
  expect(house.server.complaints).toContainEqual(
    expect.objectContaining({ fault: expect.objectContaining({ code: 'database.full' }) }),
  );
  expect((await house.queue.list()).length).toBeLessThan(4);
});

test('a database that is gone is 451 4.3.0, also in the middle of large content', async () => {
  await using house = await serveStored({
    options: big,
    services: {
      content: {
        spool: () => ({
          write: () => Promise.reject(new Error('disk on fire')),
          finish: () => Promise.reject(new Error('disk on fire')),
          [Symbol.asyncDispose]: async () => undefined,
        }),
        read: () => Promise.reject(new Error('unused')),
        write: () => Promise.reject(new Error('unused')),
        discard: async () => undefined,
      },
    },
  });
  await play(
    `${hello}${large(200_000)}S: 451 4.3.0 Local error, try again later
     ${oneMessage}`,
    house.server.port,
  );
});

test('fifty connections at once lose and mix up nothing', async () => {
  await using house = await serveStored();
  const send = async (from: number): Promise<void> => {
    const messages = Array.from({ length: 10 }, (_, at) =>
      oneMessage.replace('C: hello', `C: ${from}/${at}`).replace('ann@client', `c${from}m${at}@client`),
    );
    await play(`${hello}${messages.join('')}`, house.server.port);
  };
  await Promise.all(Array.from({ length: 50 }, (_, from) => send(from)));
  const all = await house.queue.list();
  expect(all).toHaveLength(500);
  expect(new Set(all.map(({ traceId }) => traceId)).size).toBe(500);
  for (const message of all) {
    const [, from, at] = /^c(\d+)m(\d+)@/.exec(message.reversePath) ?? [];
    const text = Buffer.from(await house.queue.content(message)).toString();
    expect(text).toContain(`\r\n\r\n${from}/${at}\r\n`);
  }
});
