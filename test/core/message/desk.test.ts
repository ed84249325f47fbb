import { expect, test } from 'vitest';
import { openDesk } from '../../../core/message/desk.ts';
import { openMessage, type MessageEdit } from '../../../core/message/message.ts';
import { protectionOf } from '../../../core/smime/smime.ts';
import { insertText, removePart, wrap } from '../../../sdk/edits.ts';
import { fixtures, wire } from '../../messages/make.ts';

const worker = new URL('../../../core/platform/message-desk-thread.ts', import.meta.url);
const badWorker = new URL('bad-thread.ts', import.meta.url);
const log = { warn: () => undefined };
const edits: readonly (readonly MessageEdit[])[] = [
  [insertText({ plain: 'Fußnote', html: '<p>Fußnote</p>' }), { kind: 'append-field', name: 'X-A', value: 'a' }],
  [removePart('2.9')],
  [wrap('<p>x</p>')],
];

test('in a thread a message is read and edited as it is here', async () => {
  await using desk = openDesk({ worker, look: protectionOf, log, from: 0 });
  for (const [, octets] of fixtures()) {
    const there = await desk.open(octets);
    const here = openMessage(octets);
    expect(there.model).toBeNull();
    expect(there.seen()).toEqual(protectionOf(here));
    expect(await there.write()).toBe(octets);
    for (const some of edits) {
      expect(await there.edit(some)).toEqual(here.edit(some));
      expect(there.data('signed')).toEqual(here.data('signed'));
      expect(await there.text()).toBe(here.text());
      expect(await there.html()).toBe(here.html());
    }
    expect(Buffer.compare(await there.write(), here.write())).toBe(0);
  }
});

test('many messages at two threads, one forgetting what the other did: every edit is there', async () => {
  await using desk = openDesk({ worker, look: protectionOf, log, from: 0, threads: 2 });
  const written = await Promise.all(
    Array.from({ length: 8 }, async (_, number) => {
      const message = await desk.open(wire(`Subject: ${number}\n\nbody\n`));
      for (let count = 0; count < 5; count += 1)
        await message.edit([{ kind: 'append-field', name: 'X-N', value: `${number}.${count}` }]);
      return Buffer.from(await message.write()).toString();
    }),
  );
  for (const [number, text] of written.entries())
    expect(text.match(/X-N: .*/g)).toEqual([0, 1, 2, 3, 4].map((count) => `X-N: ${number}.${count}`));
});

test('a small message stays on the loop unless its charset is slow to read, or its header is long', async () => {
  await using desk = openDesk({ worker, look: protectionOf, log });
  expect((await desk.open(wire('Subject: x\n\nbody\n'))).model).not.toBeNull();
  const slow = await desk.open(wire(`Content-Type: text/plain; charset=utf-7\n\n${'+AOQ-\n'.repeat(5_000)}`));
  const crowded = await desk.open(wire(`${'X: y\n'.repeat(8_000)}\nbody\n`));
  expect([slow.model, crowded.model]).toEqual([null, null]);
  expect(await slow.text()).toBe('ä\n'.repeat(5_000));
});

test.each([
  ['hang', 'no answer within 10 s', 10_000],
  ['hoard', 'out of memory', 30_000],
  ['throw', 'RangeError while reading it', 30_000],
  ['exit', 'its thread ended', 30_000],
])(
  'a message that makes its thread %s is a named fault; the next message gets an answer',
  async (what, reason, deadline) => {
    const said: object[] = [];
    const listening = { warn: (values: object) => void said.push(values) };
    const parts = { worker: badWorker, look: () => 0, log: listening, from: 0, threads: 1, heap: 64 };
    await using desk = openDesk({ ...parts, deadline });
    const next = desk.open(wire('Subject: next\n\nbody\n'));
    const bad = desk.open(wire(`Subject: ${what}\n\n`));
    const later = desk.open(wire('Subject: later\n\nbody\n'));
    await expect(bad).rejects.toMatchObject({ code: 'message.unread', context: { reason } });
    expect(said).toMatchObject([{ reason, ask: 'open' }]);
    expect(await (await next).text()).toBe('body\n');
    expect(await (await later).text()).toBe('body\n');
  },
);
