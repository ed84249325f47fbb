import { describe, expect, test } from 'vitest';
import { minute } from '../../sdk/durations.ts';
import type { Session } from '../../sdk/context.ts';
import type { PartData } from '../../sdk/message.ts';
import type { Sink } from '../../sdk/runtime.ts';
import attachmentPolicy from '../../sinks/attachment-policy/sink.ts';
import greylist from '../../sinks/greylist/sink.ts';
import headerStamp from '../../sinks/header-stamp/sink.ts';
import rateLimit from '../../sinks/rate-limit/sink.ts';
import { messageDataOf, sessionOf } from '../support/bindings.ts';
import { fire, problemsOf } from '../support/fire.ts';

/** A host with keys and a clock that stands still until it is moved. */
function createHost() {
  const values = new Map<string, string>();
  let now = Date.UTC(2026, 10, 23, 12);
  const host = {
    'clock.now': () => now,
    'kv.get': (key: unknown) => values.get(String(key)) ?? null,
    'kv.put': (key: unknown, value: unknown) => void values.set(String(key), String(value)),
    'kv.increment': (key: unknown, by: unknown) => {
      const sum = Number(values.get(String(key)) ?? 0) + Number(by ?? 1);
      values.set(String(key), String(sum));
      return sum;
    },
  };
  return { host, pass: (time: number) => void (now += time) };
}

const rcpt = {
  recipient: 'bob@example.test',
  parameters: {},
  local: true,
  envelope: { reversePath: 'ann@else.example', recipients: [] },
};
const kindOf = async (fired: ReturnType<typeof fire>): Promise<string> => (await fired).decision.kind;

const rcptAsker =
  (sink: Sink) =>
  (host: Record<string, (...args: readonly unknown[]) => unknown>, settings: object, session: Session) =>
    fire(sink, 'onRcpt', rcpt, { settings, host, context: { session } });
const askGreylist = rcptAsker(greylist);
const askRateLimit = rcptAsker(rateLimit);
const from = (address: string): Session => sessionOf({ remote: { address, port: 1 } });

async function stamp(settings: object, fields: readonly (readonly [string, string])[] = []) {
  const payload = { envelope: { reversePath: '', recipients: [] }, message: messageDataOf(fields) };
  const { decision } = await fire(headerStamp, 'onArrival', payload, { settings });
  return decision.kind === 'next' ? decision.edits : [];
}

const octets = {
  type: 'application/octet-stream',
  charset: null,
  disposition: 'attachment',
  filename: null,
  size: 100,
};
const part = (path: string, said: Partial<PartData>): PartData => ({ ...octets, path, parts: [], ...said });

async function look(settings: object, ...parts: readonly PartData[]) {
  const body = part('1', { type: 'text/plain', disposition: null });
  const tree = part('', { type: 'multipart/mixed', disposition: null, parts: [body, ...parts] });
  const payload = { envelope: { reversePath: 'a@b.example', recipients: [] }, message: { ...messageDataOf(), tree } };
  return (await fire(attachmentPolicy, 'onArrival', payload, { settings })).decision;
}

describe('greylist', () => {
  test('the first attempt waits, the patient client gets in and stays known', async () => {
    const { host, pass } = createHost();
    expect((await askGreylist(host, {}, from('192.0.2.7'))).decision).toMatchObject({
      kind: 'defer',
      reply: { code: 451, text: 'Greylisted, try again in 5 min' },
    });
    pass(4 * minute);
    expect((await askGreylist(host, {}, from('192.0.2.7'))).decision).toMatchObject({
      kind: 'defer',
      reply: { text: 'Greylisted, try again in 1 min' },
    });
    pass(minute);
    expect(await kindOf(askGreylist(host, {}, from('192.0.2.7')))).toBe('next');
    pass(20 * 24 * 60 * minute);
    expect(await kindOf(askGreylist(host, {}, from('192.0.2.7')))).toBe('next');
  });

  test.each([
    ['192.0.2.7', '192.0.2.200', 'next'],
    ['192.0.2.7', '192.0.3.7', 'defer'],
    ['2001:db8:1:2:3::4', '2001:db8:1:2:ffff::1', 'next'],
    ['2001:db8:1:2:3::4', '2001:db8:1:3:3::4', 'defer'],
    ['2001:db8::1', '2001:db8::2', 'defer'],
  ])('after %s, %s is asked to wait or not: %s', async (first, second, wanted) => {
    const { host, pass } = createHost();
    await askGreylist(host, {}, from(first));
    pass(6 * minute);
    expect(await kindOf(askGreylist(host, {}, from(second)))).toBe(wanted);
  });

  test('who authenticated does not wait', async () => {
    const context = { session: sessionOf({ identity: 'ann' }) };
    expect(await kindOf(fire(greylist, 'onRcpt', rcpt, { host: createHost().host, context }))).toBe('next');
  });

  test('settings out of range are refused', async () => {
    expect(await problemsOf(greylist, { wait: 0 })).toEqual([
      expect.stringMatching(/^wait: expected 1 to 1,440 minutes/),
    ]);
    expect(await problemsOf(greylist, { waits: 5 })).toEqual([expect.stringContaining('"waits"')]);
  });
});

describe('rate-limit', () => {
  test('recipients above the number wait for the next window', async () => {
    const { host, pass } = createHost();
    const settings = { recipients: 2, window: 10 };
    const kinds = [];
    for (let count = 0; count < 4; count += 1)
      kinds.push(await kindOf(askRateLimit(host, settings, sessionOf({ identity: 'ann' }))));
    expect(kinds).toEqual(['next', 'next', 'defer', 'defer']);
    expect((await askRateLimit(host, settings, sessionOf({ identity: 'ann' }))).decision).toMatchObject({
      reply: { code: 452, status: '4.5.3' },
    });
    pass(10 * minute);
    expect(await kindOf(askRateLimit(host, settings, sessionOf({ identity: 'ann' })))).toBe('next');
  });

  test.each([
    ['identity', { identity: 'ben' }, 'next'],
    ['identity', { identity: null }, 'next'],
    ['address', { identity: 'ben' }, 'defer'],
    ['reverse-path', { identity: 'ben' }, 'defer'],
  ])('per %s, somebody else counts apart: %j %s', async (per, other, wanted) => {
    const { host } = createHost();
    const settings = { recipients: 1, per };
    await askRateLimit(host, settings, sessionOf({ identity: 'ann' }));
    expect(await kindOf(askRateLimit(host, settings, sessionOf(other)))).toBe(wanted);
  });

  test('without a number it does not start', async () => {
    expect(await problemsOf(rateLimit, {})).toHaveLength(1);
  });
});

describe('header-stamp', () => {
  test('it removes what is there, sets and adds', async () => {
    const settings = { remove: ['X-Mailer', 'X-None'], set: { 'X-Server': '{server}' }, add: { 'X-Org': 'Example' } };
    expect(await stamp(settings, [['x-mailer', 'old']])).toEqual([
      { kind: 'remove-fields', name: 'X-Mailer' },
      { kind: 'set-field', name: 'X-Server', value: 'mx' },
      { kind: 'append-field', name: 'X-Org', value: 'Example' },
    ]);
  });

  test('the same field is not added twice', async () => {
    expect(await stamp({ add: { 'X-Org': 'Example' } }, [['X-Org', 'Example']])).toEqual([]);
  });

  test.each([
    { set: { 'Content-Type': 'x' } },
    { remove: ['Received'] },
    { add: { 'X-A': 'a\r\nBcc: b' } },
    { add: { 'X A': 'b' } },
  ])('%j is refused', async (settings) => {
    expect(await problemsOf(headerStamp, settings)).toHaveLength(1);
  });
});

describe('attachment-policy', () => {
  test('what is not allowed goes, with a notice; the rest stays', async () => {
    const decision = await look({}, part('2', { filename: 'report.pdf' }), part('3', { filename: 'report.pdf.EXE. ' }));
    expect(decision).toEqual({
      kind: 'next',
      edits: [
        {
          kind: 'remove-part',
          path: '3',
          notice: 'The attachment report.pdf.EXE. was removed by the mail server: files of .exe are not allowed.',
        },
      ],
    });
  });

  test.each([
    [
      'in a forwarded message',
      part('2', { type: 'message/rfc822', parts: [part('2.1', { filename: 'a.js' })] }),
      {},
      '2.1',
    ],
    ['by type', part('2', { type: 'video/mp4' }), { types: ['video/*'] }, '2'],
    ['by size', part('2', { filename: 'big.pdf', size: 2_000 }), { largest: 1_000 }, '2'],
  ])('it finds attachments %s', async (_, attachment, settings, path) => {
    expect(await look(settings, attachment)).toMatchObject({ kind: 'next', edits: [{ kind: 'remove-part', path }] });
  });

  test('it refuses or holds the message when the settings say so', async () => {
    const bad = part('2', { filename: 'a.scr' });
    expect(await look({ action: 'reject' }, bad)).toMatchObject({
      kind: 'reject',
      reply: { code: 552, text: 'Message refused, attachment a.scr: files of .scr are not allowed' },
    });
    expect(await look({ action: 'quarantine' }, bad)).toMatchObject({ kind: 'quarantine' });
    expect(await look({ action: 'reject' }, part('2', { filename: 'a.pdf' }))).toEqual({ kind: 'next', edits: [] });
  });

  test('a file name with a variable or line end in it is only a name', async () => {
    const decision = await look({}, part('2', { filename: 'a{reason}\r\n$&.exe' }));
    expect(decision).toMatchObject({ edits: [{ notice: expect.stringContaining('attachment a{reason} $&.exe was') }] });
  });
});
