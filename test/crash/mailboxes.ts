import { setTimeout as wait } from 'node:timers/promises';
import { askSluice } from '../support/admin.ts';
import { openPop3 } from '../support/pop3-client.ts';
import type { Sluice } from '../support/sluice-process.ts';
import type { Account } from './ledger.ts';

/** How to log in, by address. */
export type Passwords = ReadonlyMap<string, string>;

/** Waits until nothing is on its way any more. @throws Error with what is left after a minute */
export async function untilQueueIsEmpty(sluice: Sluice): Promise<void> {
  for (const last = Date.now() + 60_000; ; await wait(50)) {
    const { queue } = await askSluice(sluice.data, 'status', {});
    if (queue.waiting === 0 && queue.held === 0) return;
    if (Date.now() > last) throw new Error(`still in the queue: ${queue.waiting} waiting, ${queue.held} held`);
  }
}

/** Reads every mailbox into the account; with `remove`, what was read is gone from the mailbox after QUIT. */
export async function readMailboxes(sluice: Sluice, passwords: Passwords, account: Account, remove: boolean) {
  for (const [address, password] of passwords) {
    await using client = await openPop3(sluice.pop3, address, password);
    const { count } = await client.stat();
    for (let number = 1; number <= count; number += 1) {
      account.take(address, await client.retrieve(number));
      if (remove) await client.remove(number);
    }
    await client.quit();
  }
}
