/*
 * Run as a process of its own and killed at any moment: accepts messages, takes some of them all the way into the
 * mailbox, and says which ones are accepted, each line only after `accept` has answered.
 */
import { engines, openHouse } from '../database/engines.ts';
import { deliverAll } from './deliver.ts';
import { session, submission, unedited } from './submissions.ts';

const [folder = '', run = '', engineName = ''] = process.argv.slice(2);
const engine = engines.find(({ name }) => name === engineName);
if (!engine) throw new Error(`no engine ${engineName}`);

const house = await openHouse(engine, { folder, owner: `run ${run}` });
let last = 0;

async function acceptForEver(): Promise<void> {
  for (;;) {
    const n = (last += 1);
    const traceId = `${run}-${n}`;
    const octets = Buffer.alloc(n % 20 === 0 ? 80_000 : 500, `${traceId}\n`);
    const content = await house.database.content.write(octets);
    const message = await house.queue.accept(submission({ traceId, content, session }));
    process.stdout.write(`${traceId}\n`);
    if (n % 3 === 0) await house.queue.settleArrival(message, { ...unedited(message), content });
    if (n % 3 === 1) await deliverAll(house, [message]);
  }
}

await Promise.all(Array.from({ length: 16 }, acceptForEver));
