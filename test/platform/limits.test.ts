import { expect, test, vi } from 'vitest';
import { serveSinks, sinkSource } from './sandbox-server.ts';

const flood = "for (let at = 0; at < 40; at += 1) await kv.get('a').catch(() => 1); return next();";

test(
  'a limit that is met is named in log, trace and `sluice sink ls`, with the binding and what is allowed',
  { timeout: 300_000 },
  async () => {
    const { sluice, rcpt, traceOf } = await serveSinks(
      {
        chatty: sinkSource('chatty', flood, 'limits: { hostCalls: 7 },'),
        slow: sinkSource('slow', 'for (;;);', "limits: { cpu: '30ms' },"),
      },
      {
        bindings: [
          { sink: 'chatty', grants: ['kv'], rule: 'rcpt to=bob@*' },
          { sink: 'slow', grants: ['kv'], rule: 'rcpt to=alice@*' },
        ],
      },
    );
    expect(await rcpt('bob')).toEqual([expect.stringMatching(/^250 /)]);
    expect(await rcpt('alice')).toEqual([expect.stringMatching(/^451 /)]);

    const met = await traceOf('a sink met its limit hostCalls');
    expect(await sluice.verb('trace', met)).toMatch(/limit +limit: hostCalls; allowed: 7; count: 1/);
    const over = await traceOf('"fault":"sandbox.cpu"');
    await vi.waitFor(async () => expect(await sluice.verb('trace', over)).toMatch(/limit: cpu; allowed: 30/), 60_000);
    expect(sluice.output()).toMatch(/"binding":"mx\/slow\/slow".*"limit":"cpu","allowed":30/);
    const listed = await sluice.verb('sink', 'ls');
    expect(listed).toContain('mx/chatty/chatty met its limit hostCalls (7) once');
    expect(listed).toContain('mx/slow/slow met its limit cpu (30ms) once');
  },
);

test(
  'a sink that asks for more than it may have is refused with the line to write, and runs when it stands there',
  { timeout: 300_000 },
  async () => {
    const wants = { wants: sinkSource('wants', 'return next();', "limits: { memory: '128MB' },") };
    await expect(serveSinks(wants, { bindings: [{ sink: 'wants', grants: ['kv'] }] })).rejects.toThrow(
      'the sink asks for memory 128MB, and may have 64MB: write `limits: { memory: 128MB }` in this binding, or under `sandbox:` for all',
    );
    const { rcpt } = await serveSinks(wants, {
      bindings: [{ sink: 'wants', grants: ['kv'], limits: { memory: '128MB' } }],
    });
    expect(await rcpt('bob')).toEqual([expect.stringMatching(/^250 /)]);
  },
);
