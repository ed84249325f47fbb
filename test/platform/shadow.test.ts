import { readFile, writeFile } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { serveSinks, sinkSource } from './sandbox-server.ts';

/** A busy machine takes its time: nothing here is about how long. */
const patience = { timeout: 60_000, interval: 200 };
const refusing = "log.info('asked'); await kv.put('seen', '1'); return reject('Not here.');";

test(
  'a shadow is asked after the fact: mail does not know of it, trace and `sluice sink ls` do',
  { timeout: 160_000 },
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
    }, patience);
    const listed = await sluice.verb('sink', 'ls');
    expect(listed).toMatch(/mx\/strict\/strict is a shadow \([0-9a-f]{7}\); it would have said: reject 2/);
  },
);

test('a revision that was replaced runs as the shadow of the one in force', { timeout: 160_000 }, async () => {
  const { sluice, save, rcpt } = await serveSinks(
    { filter: sinkSource('filter', "return reject('Old.');") },
    { bindings: [{ sink: 'filter', grants: ['kv'] }] },
  );
  const sinks = async () => JSON.parse(await sluice.verb('sink', 'ls', '--json'))[0];
  const old: string = (await sinks()).hash;
  expect(await rcpt('bob')).toEqual([expect.stringMatching(/^550 .*Old/)]);
  await save('filter', sinkSource('filter', 'return next();'));
  await vi.waitFor(async () => expect((await sinks()).hash).not.toBe(old), patience);

  const config = JSON.parse(await readFile(sluice.config, 'utf8'));
  config.virtualServers[0].bindings[0].shadow = old.slice(0, 12);
  await writeFile(sluice.config, JSON.stringify(config));
  await vi.waitFor(async () => expect((await sinks()).shadows).toHaveLength(1), patience);
  expect(await rcpt('bob')).toEqual([expect.stringMatching(/^250 /)]);
  await vi.waitFor(
    async () =>
      expect((await sinks()).shadows).toEqual([
        { binding: 'mx/filter/filter~shadow', revision: old, outcomes: [{ outcome: 'reject', count: 1 }] },
      ]),
    patience,
  );
});

test(
  'a shadow asks nobody over HTTP and sends no mail: the trace names what was refused',
  { timeout: 300_000 },
  async () => {
    const asks = `
    const said = await Promise.allSettled([http.get('http://127.0.0.1:9/'), submit.message({ to: ['bob@example.test'], text: 'x' } as any)]);
    log.info(said.map(({ reason }) => String(reason?.message)).join(' | '));
    return next();`;
    const source = sinkSource('asks', asks)
      .replace("needs: ['kv']", "needs: ['http', 'submit']")
      .replace('{ kv, log }', '{ http, submit, log }');
    const { sluice, rcpt, traceOf } = await serveSinks(
      { asks: source },
      {
        bindings: [
          {
            sink: 'asks',
            grants: { http: { hosts: ['127.0.0.1'] }, submit: { from: ['bob@example.test'] } },
            shadow: true,
          },
        ],
      },
    );
    expect(await rcpt('bob')).toEqual([expect.stringMatching(/^250 /)]);
    const id = await traceOf('a shadow changes nothing outside');
    await vi.waitFor(async () => {
      const trace = await sluice.verb('trace', id);
      expect(trace).toMatch(/refused: http\.get; because: a shadow changes nothing outside/);
      expect(trace).toMatch(/refused: submit\.message/);
    }, patience);
  },
);
