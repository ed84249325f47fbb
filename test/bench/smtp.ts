import { askSluice } from '../support/admin.ts';
import { createContent } from './content.ts';
import { runLoad, type LoadOptions, type LoadResult } from './load.ts';
import { medianOf, type Result } from './result.ts';
import { withServer, type Server, type Setup } from './server.ts';

type Say = (text: string) => void;

const contents = {
  '4k': createContent(4096),
  '60k': createContent(61_440),
  '10k': createContent(10_240, 'alternative'),
};
const noOp = { name: 'noop-end', handler: 'onEndOfData' };
const noOps = Array.from({ length: 9 }, (_, at) => ({ name: `noop-${at + 1}`, handler: 'onArrival' }));

const endToEnd: Readonly<Record<string, Setup>> = {
  'smtp.delivered.50.10k.disclaimer': { disclaimer: true },
  'smtp.delivered.50.10k.disclaimer.ten-sinks': { disclaimer: true, noOps },
};

/** Messages of one end-to-end run: the first are not counted, as a process that has just started is not what runs. */
const delivered = { warmUp: 4_000, counted: 12_000 };

/**
 * How many messages a second are durable and acknowledged, how fast the reply comes, and how many end in the mailbox.
 * Every figure has a server process of its own on a fresh data folder; about two minutes in all.
 *
 * @param wants which figures to take, by name
 */
export async function benchSmtp(say: Say, wants: (name: string) => boolean): Promise<readonly Result[]> {
  const results: Result[] = [];
  const add = (name: string, value: number, unit = 'messages/s'): void => {
    results.push({ name, value, unit });
    say(`${name}: ${value >= 100 ? Math.round(value) : value.toFixed(2)} ${unit}`);
  };
  const addRate = async (name: string, setup: Setup, what: Partial<LoadOptions>): Promise<void> => {
    if (!wants(name)) return;
    const run = await accept(setup, what, say);
    if (run) add(name, medianOf(run.rates));
  };

  for (const connections of [1, 10]) {
    for (const size of ['4k', '60k'] as const)
      await addRate(`smtp.accept.${connections}.${size}`, {}, { connections, content: contents[size] });
  }
  if (['smtp.accept.50.4k', 'loop.delay.p99', 'smtp.reply.p99'].some(wants)) {
    const full = await accept({}, {}, say);
    const most = medianOf(full?.rates ?? []);
    add('smtp.accept.50.4k', most);
    add('loop.delay.p99', full?.loopDelay ?? 0, 'ms');
    const half = await accept({}, { rate: Math.max(1, Math.floor(most / 2)) }, say);
    add('smtp.reply.p99', half?.latency.p99 ?? 0, 'ms');
  }
  await addRate('smtp.accept.50.4k.noop-sink', { noOps: [noOp] }, {});
  await addRate('smtp.accept.50.60k', {}, { content: contents['60k'] });
  await addRate('smtp.accept.50.4k.new-connections', {}, { connection: 'new' });
  await addRate('smtp.accept.50.4k.starttls-new', { tls: true }, { connection: 'starttls-new' });
  for (const [name, setup] of Object.entries(endToEnd)) if (wants(name)) add(name, await deliver(setup, say));
  return results;
}

/** @returns null when the setup is not possible here, which has been said */
async function accept(setup: Setup, what: Partial<LoadOptions>, say: Say) {
  return await withServer(setup, say, async (server) => {
    const result = await load(server, what);
    return { ...result, loopDelay: (await askSluice(server.data, 'status', {})).loopDelay };
  });
}

/** Messages a second from the first one sent to the last one in the mailbox, warm. */
async function deliver(setup: Setup, say: Say): Promise<number> {
  const rate = await withServer(setup, say, async (server) => {
    const send = async (messages: number): Promise<void> => {
      await load(server, { content: contents['10k'], messages, warmUp: 0, window: 60_000, windows: 1 });
    };
    await send(delivered.warmUp);
    await server.untilDelivered(delivered.warmUp);
    const started = performance.now();
    await send(delivered.counted);
    await server.untilDelivered(delivered.warmUp + delivered.counted);
    return (delivered.counted * 1000) / (performance.now() - started);
  });
  return rate ?? 0;
}

/** @throws Error when the server refused anything: a figure of refusals is no figure */
async function load({ port }: Server, what: Partial<LoadOptions>): Promise<LoadResult> {
  const result = await runLoad({
    port,
    connections: 50,
    connection: 'kept',
    content: contents['4k'],
    reversePath: 'carol@example.test',
    recipient: 'alice@example.test',
    rate: null,
    warmUp: 1_000,
    window: 1_500,
    windows: 3,
    messages: null,
    ...what,
  });
  if (result.refused > 0) throw new Error(`${result.refused} refusals, the first: ${result.firstRefusal}`);
  return result;
}
