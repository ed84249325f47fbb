import { setTimeout as wait } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { openClient } from '../support/dialogue.ts';
import type { Sluice } from '../support/sluice-process.ts';
import { serveSinks, sinkSource } from './sandbox-server.ts';

const saves = process.env['LONG'] ? 200 : 12;
const versionOf = (at: number): string => sinkSource('filter', `await kv.get('a'); return reject('Version ${at}.');`);

/** Names two recipients in each of many transactions until told to stop. @returns the versions each transaction met, in order */
async function load(port: number, signal: AbortSignal): Promise<readonly (readonly [string, string])[]> {
  await using client = await openClient(port);
  await client.play('S: 220 …\nC: EHLO client.test\nS: 250*');
  const met: (readonly [string, string])[] = [];
  const ask = async (user: string): Promise<string> => {
    await client.play(`C: RCPT TO:<${user}@example.test>`);
    return (await client.line()) ?? 'closed';
  };
  while (!signal.aborted) {
    await client.play('C: MAIL FROM:<ann@client.test>\nS: 250 …');
    met.push([await ask('bob'), await ask('alice')]);
    await client.play('C: RSET\nS: 250 …');
    await wait(1);
  }
  return met;
}

/** How often it said that a version is live. */
const liveOf = ({ output }: Pick<Sluice, 'output'>): number => output().match(/"msg":"live: /g)?.length ?? 0;

test(
  `a sink saved ${saves} times under load: every event is answered, each transaction by one version, never by an older one than before`,
  { timeout: 600_000 },
  async () => {
    const { sluice, save } = await serveSinks(
      { filter: versionOf(0) },
      { bindings: [{ sink: 'filter', grants: ['kv'] }] },
    );
    const done = new AbortController();
    const clients = Array.from({ length: 4 }, () => load(sluice.smtp, done.signal));
    for (let at = 1; at <= saves; at += 1) {
      await save('filter', versionOf(at));
      // Of each two, the first may be replaced before it is live.
      const lives = Math.floor(at / 2);
      await vi.waitFor(() => expect(liveOf(sluice)).toBeGreaterThanOrEqual(lives), 60_000);
    }
    const last = `Version ${saves}.`;
    await vi.waitFor(async () => {
      await using client = await openClient(sluice.smtp);
      await client.play(
        'S: 220 …\nC: EHLO client.test\nS: 250*\nC: MAIL FROM:<ann@client.test>\nS: 250 …\nC: RCPT TO:<bob@example.test>',
      );
      expect(await client.line()).toContain(last);
    }, 60_000);
    done.abort();
    for (const met of await Promise.all(clients)) {
      expect(met.flat().filter((reply) => !/^550 5\.7\.1 Version \d+\.$/.test(reply))).toEqual([]);
      expect(met.filter(([first, second]) => first !== second)).toEqual([]);
      const versions = met.map(([first]) => Number(/\d+(?=\.$)/.exec(first)?.[0]));
      expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    }
    await vi.waitFor(async () => {
      const { sandbox } = JSON.parse(await sluice.verb('status', '--json'));
      expect(sandbox.isolates).toBeLessThanOrEqual(2);
    }, 60_000);
  },
);
