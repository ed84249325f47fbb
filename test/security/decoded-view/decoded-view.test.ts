import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDesk } from '../../../core/message/desk.ts';
import { openGauntlet, type Gauntlet } from './gauntlet.ts';
import { hostile } from './messages/messages.ts';

const long = process.env['LONG'] !== undefined;
const size = long ? 25_000_000 : 200_000;
let gauntlet: Gauntlet;
beforeAll(async () => {
  gauntlet = await openGauntlet();
  await gauntlet.run('before', Buffer.from('Subject: warm\r\n\r\nHello\r\n'));
  await gauntlet.loop(); // from here on
});
afterAll(async () => {
  const { stall, work } = await gauntlet.loop(); // read, not asserted
  process.stderr.write(`serving loop: at most ${work.toFixed(1)} ms of CPU, ${stall.toFixed(1)} ms late\n`);
  await gauntlet[Symbol.asyncDispose]();
});

test('there are more than 50 of them', () => {
  expect(Object.keys(hostile).length).toBeGreaterThan(50);
});

test.each(Object.keys(hostile))('%s: the sink gets its answers, and the message goes on', async (name) => {
  const { code, seen } = await gauntlet.run(name, hostile[name]?.(size) ?? Buffer.alloc(0));
  expect(code).toBe(250);
  expect(seen).toMatchObject({ octets: 65_536 });
  for (const length of [seen?.text, seen?.html]) expect(length ?? 0).toBeLessThanOrEqual(1_048_579);
});

test('mail after all of them is read as ever', async () => {
  const plain = Buffer.from('Content-Type: text/plain\r\n\r\nHello\r\n');
  expect(await gauntlet.run('after', plain)).toMatchObject({ code: 250, seen: { text: 6, html: null } });
});

test('none of them is worked on by the serving loop: its part is a copy, whatever the octets are', async () => {
  const worker = new URL('idle-thread.ts', import.meta.url);
  const log = { warn: () => undefined };
  await using desk = openDesk({ worker, look: () => expect.fail('looked at on the loop'), log });
  for (const make of Object.values(hostile)) {
    const message = await desk.open(make(200_000));
    expect(message.model).toBeNull();
    expect(message.data('none').fields).toEqual([]);
  }
});
