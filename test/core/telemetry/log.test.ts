import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { cleaned } from '../../../core/telemetry/clean.ts';
import { prettyLine } from '../../../core/telemetry/pretty.ts';
import { openLog, openLoopDelay } from '../../../core/telemetry/telemetry.ts';
import { Fault } from '../../../core/errors.ts';

test('openLog() appends one JSON object a line to a file, with the values of its parents, above its level', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-log-'));
  const file = join(folder, 'deep', 'sluice.log');
  const log = openLog({ level: 'info', destination: file });
  log.debug({}, 'not seen');
  log.child({ virtualServer: 'mx' }).warn({ password: 'hunter2', octets: new Uint8Array(3) }, 'look');

  const line = await vi.waitFor(() => {
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(/\n$/);
    return JSON.parse(text);
  });
  expect(line).toEqual({
    level: 40,
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    virtualServer: 'mx',
    password: '[secret]',
    octets: '[3 octets]',
    msg: 'look',
  });
  rmSync(folder, { recursive: true });
});

test('cleaned() leaves out secrets and content by name, counts octets, and cuts what is endless', () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  const shown = cleaned({
    userPassword: 'x',
    body: 'Dear Bob',
    buffer: Buffer.alloc(9),
    long: 'x'.repeat(9_999),
    cycle,
  });
  expect(shown).toMatchObject({ userPassword: '[secret]', body: '[8 characters]', buffer: '[9 octets]' });
  expect(JSON.stringify(shown).length).toBeLessThan(2_500);
});

test('cleaned() shows a fault with code, context and cause', () => {
  const shown = cleaned({ fault: new Fault('sandbox.load', { sink: 'x', line: 3 }, new TypeError('no')) });
  expect(shown).toMatchObject({
    fault: { name: 'Fault', code: 'sandbox.load', context: { sink: 'x', line: 3 }, cause: { message: 'no' } },
  });
});

test('cleaned() does not throw when a getter does', () => {
  const bad = Object.defineProperty({}, 'x', {
    enumerable: true,
    get() {
      throw new Error('no');
    },
  });
  expect(cleaned(bad)).toEqual({ unreadable: true });
});

test('prettyLine() is one readable line, and what a client sent cannot move the cursor', () => {
  const line = JSON.stringify({
    level: 30,
    time: '2026-01-02T03:04:05.678Z',
    helo: '\u001b[2Jevil',
    said: 'a b',
    port: 25,
    nothing: null,
    msg: 'new\nconnection',
  });
  expect(prettyLine(line)).toBe('03:04:05 info  new connection  helo=\ufffd[2Jevil  said="a b"  port=25\n');
  expect(prettyLine('no json')).toBe('no json');
});

test('prettyLine() puts the stacks of an error and of its cause below the line', () => {
  const fault = { name: 'Fault', stack: 'Fault: a\n  at x', cause: { stack: 'Error: b\n  at y' } };
  const shown = prettyLine(JSON.stringify({ level: 50, time: '2026-01-02T03:04:05.678Z', fault, msg: 'failed' }));
  expect(shown).toBe(`03:04:05 ERROR failed  fault={"name":"Fault","cause":{}}
    Fault: a
      at x
    Error: b
      at y
`);
});

test('openLoopDelay() sees an event loop that was held up', async () => {
  using delay = openLoopDelay(1);
  await vi.waitFor(() => {
    const until = performance.now() + 30;
    while (performance.now() < until);
    expect(delay.p99()).toBeGreaterThan(15);
  });
  delay.reset();
  expect(delay.p99()).toBeLessThan(15);
});
