import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../core/database/database.ts';
import { openQueue, type Queue, type QueuedMessage } from '../../core/queue/queue.ts';
import { openExchanger } from '../support/mail-exchanger.ts';
import { createContent } from './content.ts';
import { runLoad } from './load.ts';
import { medianOf, type Result } from './result.ts';
import { withServer } from './server.ts';

type Say = (text: string) => void;

const relayed = { warmUp: 2_000, counted: 8_000 };
const operations = [new URL('../../core/queue/operations.ts', import.meta.url)];

/**
 * Messages a second handed to another host on this machine with the disclaimer on, and what a full queue adds to a claim.
 *
 * @param wants which figures to take, by name
 */
export async function benchRelay(say: Say, wants: (name: string) => boolean): Promise<readonly Result[]> {
  const results: Result[] = [];
  const add = (name: string, value: number, unit: string): void => {
    results.push({ name, value, unit });
    say(`${name}: ${value >= 100 ? Math.round(value) : value.toFixed(2)} ${unit}`);
  };
  if (wants('relay.delivered')) add('relay.delivered', await relayRate(say), 'messages/s');
  if (wants('queue.claim.1m.ratio')) {
    const [thousand, million] = [await claimCost(1_000, say), await claimCost(1_000_000, say)];
    add('queue.claim.1m.ratio', million / thousand, 'x');
  }
  return results;
}

async function until(next: { readonly received: readonly unknown[] }, count: number): Promise<void> {
  while (next.received.length < count) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** From the first one sent to the last one taken by the next host, warm; the host runs in this process. */
async function relayRate(say: Say): Promise<number> {
  await using next = await openExchanger({ extensions: ['PIPELINING', '8BITMIME', 'SIZE 100000000'] });
  const more = { telemetry: { level: 'warn' }, routes: [{ domain: '*', smartHost: `127.0.0.1:${next.port}` }] };
  const rate = await withServer(
    { disclaimer: true, more, server: { relay: { from: ['127.0.0.1'] } } },
    say,
    async ({ port }) => {
      const send = async (messages: number): Promise<void> => {
        const what = {
          connections: 50,
          connection: 'kept',
          rate: null,
          warmUp: 0,
          window: 60_000,
          windows: 1,
        } as const;
        const mail = {
          content: createContent(10_240, 'alternative'),
          reversePath: 'carol@example.test',
          recipient: 'x@far.test',
        };
        const { refused, firstRefusal } = await runLoad({ port, ...what, ...mail, messages });
        if (refused > 0) throw new Error(`${refused} refusals, the first: ${firstRefusal}`);
      };
      await send(relayed.warmUp);
      await until(next, relayed.warmUp);
      const started = performance.now();
      await send(relayed.counted);
      await until(next, relayed.warmUp + relayed.counted);
      return (relayed.counted * 1000) / (performance.now() - started);
    },
  );
  return rate ?? 0;
}

/** Passes over the front of the queue; the first ones, which find nothing in any cache and look for dead claims, do not count. */
const passes = { warmUp: 2, counted: 6 };
const claimsEach = 9;

/** Milliseconds to claim 100 messages of a queue that holds so many, each time others; the median of all that count. */
async function claimCost(size: number, say: Say): Promise<number> {
  const path = await mkdtemp(join(tmpdir(), 'sluice-claim-'));
  try {
    const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
    await using database = await openDatabase({ folder: path, operations, log });
    const queue = openQueue(database, { owner: 'bench', now: Date.now });
    say(`a queue of ${size}`);
    await fill(queue, size);
    const times: number[] = [];
    for (let pass = 0; pass < passes.warmUp + passes.counted; pass += 1) {
      const taken: QueuedMessage[] = [];
      for (let claim = 0; claim < claimsEach; claim += 1) {
        const started = performance.now();
        taken.push(...(await queue.claim(100)));
        if (pass >= passes.warmUp) times.push(performance.now() - started);
      }
      await Promise.all(taken.map((message) => queue.release(message)));
    }
    return medianOf(times);
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

async function fill(queue: Queue, size: number): Promise<void> {
  const content = { kind: 'inline', octets: Buffer.from('Subject: x\r\n\r\nx\r\n') } as const;
  const batch = 2_000;
  for (let done = 0; done < size; done += batch) {
    await Promise.all(
      Array.from({ length: Math.min(batch, size - done) }, async (_, at) => {
        const message = await queue.accept({
          traceId: `t${done + at}`,
          virtualServer: 'mx',
          source: 'smtp',
          reversePath: 'a@example.test',
          recipients: [`b${done + at}@far.test`],
          session: null,
          content,
        });
        await queue.release(message);
      }),
    );
  }
}
