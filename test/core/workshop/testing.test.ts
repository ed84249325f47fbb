import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import '@sluice/sdk/testing/vitest';
import { defineSink, insertText, next, reject, setRecipient } from '../../../sdk/index.ts';
import { fireSandboxed, openSandboxed, smtpSession } from '../../../core/workshop/testing.ts';
import type { Sandboxed } from '../../../core/workshop/sandboxed.ts';
import { readScript } from '../../../core/workshop/session/script.ts';

const folder = join(import.meta.dirname, 'sinks/probe');
let probe: Sandboxed;
beforeAll(async () => {
  probe = await openSandboxed(folder);
});
afterAll(() => probe[Symbol.asyncDispose]());

test('fireSandboxed() asks the sink in the real sandbox, and says the same as fire() does', async () => {
  const fired = await fireSandboxed(folder, 'onRcpt', { recipient: 'carol@example.test' });
  expect(fired).toPass();
  expect(fired).toLog('counted');
  expect(fired.log[0]?.values).toEqual({ count: 1, from: '192.0.2.7' });
  expect(fired).toMatchObject({ calls: ['kv.get', 'kv.put'], failure: null, octets: null });
});

test('openSandboxed() keeps the isolate and the world from one event to the next', async () => {
  expect(await probe.fire('onRcpt', { recipient: 'dave@example.test' })).toPass();
  expect(await probe.fire('onRcpt', { recipient: 'dave@example.test' })).toReject('Once is enough');
  expect(probe.world.kv.get('dave@example.test')).toBe('2');
});

test('the message is read and edited by the core itself', async () => {
  const fired = await probe.fire('onArrival', { message: { text: 'Hi' } });
  expect(fired).toEditOnly('prepend-field', 'insert-text');
  const octets = Buffer.from(fired.octets ?? '').toString();
  expect(octets).toMatch(/^X-Read: From Hi\r\n/);
  expect(octets).toContain('Bye');
});

test('what is signed is left as it is, and the report says why', async () => {
  const fired = await probe.fire('onArrival', { message: { protection: 'signed' } });
  expect(fired.left).toMatch(/^signed: /);
  expect(Buffer.from(fired.octets ?? '').toString()).not.toContain('Bye');
});

test.each([
  ['throw', 'sandbox.threw', /^Error: as told/, /sink\.ts:17:/],
  ['nonsense', 'sandbox.answer', /returned nothing/, /sink\.ts:16:/],
])('a sink that fails (%s) is told apart from one that decides', async (subject, code, text, at) => {
  const { failure, decision } = await probe.fire('onArrival', { message: { subject } });
  expect({ code: failure?.code, decision }).toEqual({ code, decision: null });
  expect(failure?.text).toMatch(text);
  expect(failure?.at ?? 'none').toMatch(at);
});

test('a sink that cannot be loaded is refused with file and line', async () => {
  await expect(openSandboxed(join(import.meta.dirname, 'nowhere'))).rejects.toThrow(/sink\.ts/);
  await expect(openSandboxed(folder, { settings: { a: 1 } })).rejects.toThrow('settings: this sink has no settings');
});

const about = { name: 'guard', version: '1.0.0', description: '', role: 'decides' } as const;

test('smtpSession() plays a dialogue with a real SMTP server inside this process', async () => {
  const guard = defineSink({
    ...about,
    needs: ['kv', 'message'],
    onRcpt: ({ recipient }) => (recipient.startsWith('alice') ? next(setRecipient('bob@example.test')) : reject('No')),
    async onEndOfData(_, has) {
      await has.kv.put('text', (await has.message.text()) ?? '');
      return next(insertText({ plain: 'seen', html: '' }));
    },
  });
  await using session = await smtpSession({ sinks: [guard] });
  await session.play(`
    # From the greeting to the end.
    S: 220 mail.example.test …
    C: EHLO client.example
    S: 250*
    C: MAIL FROM:<ann@client.example>
    C: RCPT TO:<carol@example.test>
    C: RCPT TO:<alice@example.test>
    C: DATA
    S: 250 2.1.0 …
    S: 550 5.7.1 No
    S: 250 2.1.5 …
    S: 354 …
    C: Subject: Hi
    C:
    C: Hello
    C: .
    S: 250 2.0.0 Ok: queued as …
    C: QUIT
    S: 221 …
    -- closed`);
  expect(session.accepted).toHaveLength(1);
  expect(session.accepted[0]).toMatchObject({
    reversePath: 'ann@client.example',
    recipients: ['bob@example.test'],
  });
  expect(session.accepted[0]?.text).toContain('Hello\r\nseen');
  expect(session.world.kv.get('text')).toBe('Hello\n');
});

test('smtpSession() takes bindings with rules and settings, and refuses those that are wrong', async () => {
  const sink = defineSink({ ...about, onRcpt: () => reject('Not you') });
  await using session = await smtpSession({ sinks: [{ sink, rule: 'mail from=*@bad.example' }] });
  await session.play(`
    S: 220*
    C: HELO a
    S: 250*
    C: MAIL FROM:<a@bad.example>
    S: 250*
    C: RCPT TO:<bob@example.test>
    S: 550 5.7.1 Not you
    C: RSET
    S: 250*
    C: MAIL FROM:<a@good.example>
    S: 250*
    C: RCPT TO:<bob@example.test>
    S: 250*`);
  await expect(smtpSession({ sinks: [{ sink, settings: { a: 1 } }] })).rejects.toThrow('this sink has no settings');
});

test('a dialogue that goes another way says which line, and what was said', async () => {
  await using session = await smtpSession({ sinks: [] });
  await session.play('S: 220*');
  await expect(session.play('C: NOOP\nS: 550 no')).rejects.toThrow(/^line 2: expected S: 550 no\n--- so far\nS: 220 /);
  expect(() => readScript('X: what')).toThrow('line 1 is neither C: nor S: nor -- closed: X: what');
});
