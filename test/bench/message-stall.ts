import { openGauntlet } from '../security/decoded-view/gauntlet.ts';
import { hostile } from '../security/decoded-view/messages/messages.ts';
import { createLargeMail } from './message-mails.ts';
import type { Result } from './result.ts';

/** Octets of each hostile message. */
const size = 1_000_000;

/**
 * How long the serving loop of a live server stalls while a sink reads and edits, one after the other, an everyday mail
 * of 25 MB and every message of the suite in `test/security/decoded-view`. The first figure is what this machine adds
 * by itself: small mail only.
 */
export async function benchStall(say: (text: string) => void): Promise<readonly Result[]> {
  await using gauntlet = await openGauntlet();
  const small = Buffer.from('Subject: small\r\n\r\nHello\r\n');
  const large = createLargeMail();
  for (const mail of [small, large]) await gauntlet.run('warm', mail);
  const stallOf = async (name: string, mail: Buffer, times: number): Promise<number> => {
    await gauntlet.stall();
    for (let count = 0; count < times; count += 1) {
      const { code } = await gauntlet.run(name, mail);
      if (code !== 250) throw new Error(`${name} was answered ${code}`);
    }
    return gauntlet.stall();
  };
  const idle = await stallOf('small', small, 50);
  const everyday = await stallOf('large', large, 3);
  let worst = { name: '', stall: 0 };
  for (const [name, make] of Object.entries(hostile)) {
    const stall = await stallOf(name, make(size), 1);
    if (stall > worst.stall) worst = { name, stall };
  }
  say(`message.loop.stall.max is that of ${worst.name}`);
  return [
    { name: 'message.loop.stall.idle', value: idle, unit: 'ms' },
    { name: 'message.loop.stall.25m', value: everyday, unit: 'ms' },
    { name: 'message.loop.stall.max', value: worst.stall, unit: 'ms' },
  ];
}
