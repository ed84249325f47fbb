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

/** Messages of one end-to-end run: a few seconds' worth. */
const delivered = 8_000;

/**
 * How many messages a second are durable and acknowledged, how fast the reply comes, and how many end in the mailbox.
 * Every figure has a server process of its own on a fresh data folder; about two minutes in all.
 */
export async function benchSmtp(say: Say): Promise<readonly Result[]> {
  const results: Result[] = [];
  const add = (name: string, value: number, unit = 'messages/s'): void => {
    results.push({ name, value, unit });
    say(`${name}: ${value >= 100 ? Math.round(value) : value.toFixed(2)} ${unit}`);
  };

  for (const size of ['4k', '60k'] as const) {
    for (const connections of [1, 10, 50]) {
      const run = await accept({}, { connections, content: contents[size] }, say);
      add(`smtp.accept.${connections}.${size}`, medianOf(run.rates));
      if (connections === 50 && size === '4k') add('loop.delay.p99', run.loopDelayP99, 'ms');
    }
  }
  const most = results.find(({ name }) => name === 'smtp.accept.50.4k')?.value ?? 0;
  const half = await accept({}, { rate: Math.max(1, Math.floor(most / 2)) }, say);
  add('smtp.reply.p99', half.latency.p99, 'ms');
  add('smtp.accept.50.4k.noop-sink', medianOf((await accept({ noOps: [noOp] }, {}, say)).rates));
  add('smtp.accept.50.4k.new-connections', medianOf((await accept({}, { connection: 'new' }, say)).rates));
  const secured = await withServer({ tls: true }, say, (server) => load(server, { connection: 'starttls-new' }));
  if (secured) add('smtp.accept.50.4k.starttls-new', medianOf(secured.rates));
  add('smtp.delivered.50.10k.disclaimer', await deliver({ disclaimer: true }, say));
  add('smtp.delivered.50.10k.disclaimer.ten-sinks', await deliver({ disclaimer: true, noOps }, say));
  return results;
}

async function accept(setup: Setup, what: Partial<LoadOptions>, say: Say) {
  const run = await withServer(setup, say, async (server) => {
    const result = await load(server, what);
    return { ...result, loopDelayP99: (await askSluice(server.data, 'status', {})).loopDelay };
  });
  if (!run) throw new Error('the server could not be set up');
  return run;
}

/** Messages a second from the first one sent to the last one in the mailbox. */
async function deliver(setup: Setup, say: Say): Promise<number> {
  const rate = await withServer(setup, say, async (server) => {
    const started = performance.now();
    await load(server, { content: contents['10k'], messages: delivered, warmUp: 0, window: 60_000, windows: 1 });
    await server.untilDelivered(delivered);
    return (delivered * 1000) / (performance.now() - started);
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
