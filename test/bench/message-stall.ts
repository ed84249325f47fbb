import { openGauntlet, type Gauntlet, type Loop } from '../security/decoded-view/gauntlet.ts';
import { hostile } from '../security/decoded-view/messages/messages.ts';
import { createLargeMail, createLargePlainMail, createLargeSignedMail } from './message-mails.ts';
import type { Result } from './result.ts';

/** Octets of each hostile message. */
const size = 1_000_000;

/**
 * What the serving loop of a live server does while a sink reads and edits everyday mails of 25 MB and every message of
 * the suite in `test/security/decoded-view`, and while the large ones are fetched and handed to another host.
 *
 * `work` is the most CPU one callback took before anybody else had a turn: that is ours, on a busy machine too. `stall` is
 * how late a timer was at most: that is what clients see, and what this machine adds. `idle` is with small mail only.
 */
export async function benchStall(say: (text: string) => void): Promise<readonly Result[]> {
  await using gauntlet = await openGauntlet();
  const small = Buffer.from('Subject: small\r\n\r\nHello\r\n');
  const large = { plain: createLargePlainMail(), html: createLargeMail(), signed: createLargeSignedMail() };
  for (const mail of [small, large.html]) await pass(gauntlet, 'warm', mail);
  await gauntlet.loop();
  for (let count = 0; count < 50; count += 1) await take(gauntlet, 'small', small);
  const idle = await gauntlet.loop();

  const everyday: Loop[] = [];
  for (const [name, mail] of Object.entries(large)) {
    await pass(gauntlet, name, mail);
    everyday.push(await gauntlet.loop());
    say(`${name}: ${shown(everyday.at(-1))}`);
  }
  const all: Loop[] = [];
  for (const [name, make] of Object.entries(hostile)) {
    await take(gauntlet, name, make(size));
    const loop = await gauntlet.loop();
    if (loop.work > Math.max(0, ...all.map(({ work }) => work))) say(`${name}: ${shown(loop)}`);
    all.push(loop);
  }
  return [...figures('idle', [idle]), ...figures('25m', everyday), ...figures('max', all)];
}

const shown = (loop: Loop | undefined): string =>
  `${loop?.work.toFixed(1)} ms of CPU, ${loop?.stall.toFixed(1)} ms late`;

/** In, out of the mailbox, and on to another host. */
async function pass(gauntlet: Gauntlet, name: string, mail: Buffer): Promise<void> {
  await take(gauntlet, name, mail);
  while ((await gauntlet.fetch()) === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  await gauntlet.relay(mail);
}

async function take(gauntlet: Gauntlet, name: string, mail: Buffer): Promise<void> {
  const { code } = await gauntlet.run(name, mail);
  if (code !== 250) throw new Error(`${name} was answered ${code}`);
}

function figures(of: string, loops: readonly Loop[]): readonly Result[] {
  const most = (key: keyof Loop): number => Math.max(...loops.map((loop) => loop[key]));
  return [
    { name: `message.loop.work.${of}`, value: most('work'), unit: 'ms' },
    { name: `message.loop.stall.${of}`, value: most('stall'), unit: 'ms' },
  ];
}
