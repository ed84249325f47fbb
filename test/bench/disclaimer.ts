import { createContent } from './content.ts';
import { runLoad } from './load.ts';
import { medianOf, type Result } from './result.ts';
import { withServer, type Server } from './server.ts';

type Say = (text: string) => void;

const messages = { warmUp: 3_000, counted: 6_000 };
const rounds = 3;
const content = createContent(10_240, 'alternative');

/**
 * What the disclaimer costs: CPU of all processes of a server for a message of 10 KB from the client to the mailbox, with
 * it and without. A process of its own for every round, warm.
 */
export async function benchDisclaimer(say: Say): Promise<readonly Result[]> {
  const costs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const [without, added] = [await cpuOf(false, say), await cpuOf(true, say)];
    costs.push(added - without);
    say(`disclaimer.cpu.10k: ${without.toFixed(3)} ms a message without it, ${added.toFixed(3)} ms with it`);
  }
  return [{ name: 'disclaimer.cpu.10k', value: medianOf(costs), unit: 'ms' }];
}

/** @returns milliseconds of CPU a message */
async function cpuOf(disclaimer: boolean, say: Say): Promise<number> {
  const cpu = await withServer({ disclaimer }, say, async (server) => {
    await send(server, messages.warmUp, messages.warmUp);
    const before = server.cpu();
    await send(server, messages.counted, messages.warmUp + messages.counted);
    return (server.cpu() - before) / messages.counted;
  });
  return cpu ?? 0;
}

/** Sends, and waits until all are in the mailbox. @throws Error when the server refused anything */
async function send(server: Server, count: number, delivered: number): Promise<void> {
  const { refused, firstRefusal } = await runLoad({
    port: server.port,
    connections: 50,
    connection: 'kept',
    content,
    reversePath: 'carol@example.test',
    recipient: 'alice@example.test',
    rate: null,
    warmUp: 0,
    window: 60_000,
    windows: 1,
    messages: count,
  });
  if (refused > 0) throw new Error(`${refused} refusals, the first: ${firstRefusal}`);
  await server.untilDelivered(delivered);
}
