import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { engines, openHouse, scratchFolder, type Engine, type House } from '../database/engines.ts';
import { deliverAll, mailbox } from './deliver.ts';

const rounds = process.env['LONG'] ? 100 : 6;
const script = new URL('accept-until-killed.ts', import.meta.url).pathname;

/** @returns what the process said it had accepted when it was killed, after about so many */
async function acceptAndKill(engine: Engine, folder: string, run: string, after: number): Promise<readonly string[]> {
  const args = [script, folder, run, engine.name];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const acknowledged: string[] = [];
  const lines = createInterface(child.stdout);
  lines.on('line', (line) => {
    if (acknowledged.push(line) === after) child.kill('SIGKILL');
  });
  await once(lines, 'close');
  expect(child.signalCode ?? (await once(child, 'exit'))[1]).toBe('SIGKILL');
  return acknowledged;
}

async function drain(house: House): Promise<void> {
  for (let claimed = await house.queue.claim(64); claimed.length > 0; claimed = await house.queue.claim(64))
    await deliverAll(house, claimed);
}

/** The trace id every line of a message repeats; its size says that all of it is there. */
async function delivered({ store }: House): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { uid, size } of await store.list(mailbox)) {
    const octets = Buffer.from(await store.octets(mailbox, uid));
    const [line = ''] = octets.toString().split('\n', 1);
    expect(octets.equals(Buffer.alloc(size, `${line}\n`))).toBe(true);
    found.push(line);
  }
  return found;
}

describe.each(engines)('queue ($name)', (engine) => {
  test(
    'kill -9 while accepting and delivering loses nothing that was acknowledged, and doubles nothing',
    async () => {
      await using folder = await scratchFolder();
      const acknowledged: string[] = [];
      for (let run = 1; run <= rounds; run += 1)
        acknowledged.push(...(await acceptAndKill(engine, folder.path, `r${run}`, 1 + ((run * 137) % 400))));

      await using house = await openHouse(engine, { folder: folder.path, owner: 'the last' });
      await drain(house);
      const found = await delivered(house);
      expect(new Set(found).size).toBe(found.length);
      expect([...new Set(acknowledged).difference(new Set(found))]).toEqual([]);
      expect(await house.queue.list()).toEqual([]);

      const large = (await house.store.list(mailbox)).filter(({ size }) => size > 65_536);
      expect(readdirSync(join(folder.path, 'content'))).toHaveLength(large.length);
      expect(large.length).toBeGreaterThan(0);
    },
    30_000 + rounds * 5_000,
  );
});
