import { expect, test, vi } from 'vitest';
import { serveSinks, sinkSource } from './sandbox-server.ts';

const refusing = "log.info('asked'); await kv.put('seen', '1'); return reject('Not here.');";

test(
  'a shadow is asked after the fact: mail does not know of it, trace and `sluice sink ls` do',
  { timeout: 120_000 },
  async () => {
    const { sluice, rcpt, traceOf } = await serveSinks(
      { strict: sinkSource('strict', refusing), stuck: sinkSource('stuck', 'for (;;);') },
      {
        bindings: [
          { sink: 'strict', grants: ['kv'], shadow: true },
          { sink: 'stuck', grants: ['kv'], shadow: true, onFault: 'reject' },
        ],
      },
    );
    expect(await rcpt('bob', 2)).toEqual([expect.stringMatching(/^250 /), expect.stringMatching(/^250 /)]);
    const id = await traceOf('"asked"');
    await vi.waitFor(async () => {
      const trace = await sluice.verb('trace', id);
      expect(trace).toMatch(/strict@\w+ +shadow +550 5.7.1 Not here.; decision: reject; live: next/);
      expect(trace).toMatch(/stuck@\w+ +shadow +.*sandbox.cpu/);
    }, 20_000);
    const listed = await sluice.verb('sink', 'ls');
    expect(listed).toMatch(/mx\/strict\/strict is a shadow \([0-9a-f]{7}\); it would have said: reject 2/);
  },
);

test('a revision that was replaced runs as the shadow of the one in force', { timeout: 120_000 }, async () => {
  const { sluice, save, rcpt } = await serveSinks(
    { filter: sinkSource('filter', "return reject('Old.');") },
    { bindings: [{ sink: 'filter', grants: ['kv'] }] },
  );
  const sinks = async () => JSON.parse(await sluice.verb('sink', 'ls', '--json'))[0];
  const old: string = (await sinks()).hash;
  expect(await rcpt('bob')).toEqual([expect.stringMatching(/^550 .*Old/)]);
  await save('filter', sinkSource('filter', 'return next();'));
  await vi.waitFor(async () => expect((await sinks()).hash).not.toBe(old), 20_000);

  const { readFile, writeFile } = await import('node:fs/promises');
  const config = JSON.parse(await readFile(sluice.config, 'utf8'));
  config.virtualServers[0].bindings[0].shadow = old.slice(0, 12);
  await writeFile(sluice.config, JSON.stringify(config));
  await vi.waitFor(async () => expect((await sinks()).shadows).toHaveLength(1), 20_000);
  expect(await rcpt('bob')).toEqual([expect.stringMatching(/^250 /)]);
  await vi.waitFor(
    async () =>
      expect((await sinks()).shadows).toEqual([
        { binding: 'mx/filter/filter~shadow', revision: old, outcomes: [{ outcome: 'reject', count: 1 }] },
      ]),
    20_000,
  );
});
