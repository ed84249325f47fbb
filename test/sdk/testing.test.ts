import { z } from 'zod';
import { expect, test } from 'vitest';
import '@sluice/sdk/testing/vitest';
import { eventNames, specOf } from '../../sdk/catalogue.ts';
import {
  noted,
  addPart,
  defer,
  defineSink,
  insertText,
  minute,
  next,
  prependField,
  redirect,
  reject,
  setTag,
  textPart,
} from '../../sdk/index.ts';
import { createWorld, fire, message, payloadOf, type MessageOptions } from '../../sdk/testing/testing.ts';
import { openMessage } from '../../core/message/message.ts';
import { protectionOf } from '../../core/smime/smime.ts';

const about = { name: 'probe', version: '1.0.0', description: '', role: 'decides' } as const;

test.each<[string, MessageOptions]>([
  ['text', {}],
  ['umlauts', { subject: 'Grüße', text: 'Zoë grüßt 🐱\n', fields: { 'X-A': ['1', '2'] } }],
  ['html alone', { html: '<p>Hi</p>' }],
  ['both', { text: 'Hi', html: '<p>Hi</p>' }],
  ['neither', { text: null }],
  ['attachments', { html: '<p>ü</p>', text: 'ü', attachments: [{ filename: 'Grüße "1".txt', content: 'Größe' }] }],
  ['a signature', { text: 'Hi', protection: 'signed' }],
  ['encryption', { text: 'Hi', protection: 'encrypted' }],
])('message() with %s tells what Sluice would tell of its octets', (_, options) => {
  const built = message(options);
  const opened = openMessage(Buffer.from(built.octets, 'latin1'));
  const { protection } = protectionOf(opened);
  const told = opened.data(protection);
  expect(built.data.tree).toEqual(told.tree);
  expect(built.data).toMatchObject({ size: told.size, protection });
  expect(built.data.fields.map(([name]) => name)).toEqual(told.fields.map(([name]) => name));
  expect({ text: built.text, html: built.html?.trim() }).toEqual({ text: opened.text(), html: opened.html()?.trim() });
});

test('every event has a payload with every field of the catalogue', () => {
  for (const event of eventNames) {
    const { payload } = payloadOf(event);
    for (const name of Object.keys(specOf(event).payload)) expect(payload[name], `${event}.${name}`).toBeDefined();
  }
});

test('fire() gives payload, settings and context, and returns decision, edits, log and calls', async () => {
  const sink = defineSink({
    ...about,
    needs: ['kv', 'clock'],
    settings: z.object({ word: z.string() }),
    async onRcpt({ recipient, session, settings }, { kv, log }) {
      await kv.put(recipient, 'seen');
      log.info('asked', { from: session?.remote.address });
      return recipient.includes(settings.word) ? reject('No') : next(setTag('a', 'b'));
    },
  });
  const fired = await fire(sink, 'onRcpt', { recipient: 'cat@example.test' }, { settings: { word: 'cat' } });
  expect(fired).toReject('No');
  expect(fired.calls).toEqual(['kv.put']);
  expect(fired.log).toEqual([{ level: 'info', text: 'asked', values: { from: '192.0.2.7' } }]);
  const other = await fire(sink, 'onRcpt', {}, { settings: { word: 'cat' } });
  expect(other).toPass();
  expect(other).toEditOnly('set-tag');
  expect(other).toLog(/^ask/);
  await expect(fire(sink, 'onRcpt')).rejects.toThrow('settings: word: ');
  await expect(fire(sink, 'onMail')).rejects.toThrow('probe does not handle onMail');
});

test('a world keeps kv and the clock from one event to the next, and lets time pass only when told', async () => {
  const sink = defineSink({
    ...about,
    needs: ['kv', 'clock'],
    async onRcpt({ recipient }, { kv, clock }) {
      const [seen, now] = [await kv.get(recipient), await clock.now()];
      if (seen === null) await kv.put(recipient, String(now), 10 * minute);
      return seen !== null && now - Number(seen) >= 5 * minute ? next() : defer('Later');
    },
  });
  const world = createWorld();
  expect(await fire(sink, 'onRcpt', {}, { world })).toDefer('Later');
  world.advance(4 * minute);
  expect(await fire(sink, 'onRcpt', {}, { world })).toDefer();
  world.advance(minute);
  expect(await fire(sink, 'onRcpt', {}, { world })).toPass();
  world.advance(5 * minute);
  expect(world.kv.size).toBe(0);
  expect(await fire(sink, 'onRcpt', {}, { world })).toDefer();
});

test('a sink reads text, HTML and octets of a built message', async () => {
  const sink = defineSink({
    ...about,
    needs: ['message'],
    async onArrival({ message: seen }, has) {
      const read = [
        await has.message.text(),
        await has.message.html(),
        await has.message.octets(0, 5),
        seen.field('x'),
      ];
      return reject(read.join('|'));
    },
  });
  const fired = await fire(sink, 'onArrival', { message: { text: 'ä', html: '<b>ä</b>', fields: { X: 'y' } } });
  expect(fired).toReject('ä\n|<b>ä</b>|From:|y');
});

test('host answers what the kit cannot know, and says what to write where it is missing', async () => {
  const sink = defineSink({
    ...about,
    needs: ['kv'],
    onRcpt: async (_, { kv }) => redirect([(await kv.get('to')) ?? 'nobody@example.test']),
  });
  const host = { 'kv.get': (key: string) => `${key}@example.test` };
  expect(await fire(sink, 'onRcpt', {}, { host })).toRedirect('to@example.test');
  expect(() => createWorld().call('smime.sign', [], null)).toThrow(
    "the test does not answer smime.sign: add it to 'host', { 'smime.sign': () => … }",
  );
});

test.each([
  ['nothing', undefined, 'onRcpt: the handler returned nothing; end it with `return next();`'],
  ['a boolean', true, 'onRcpt: the handler returned true, which is no decision'],
  ['a decision of another event', { kind: 'badmail', reason: '' }, 'onRcpt does not allow badmail; it allows next,'],
  ['an edit of another event', next(prependField('A', 'b')), 'onRcpt does not allow the edit prepend-field; it allows'],
])('%s is no answer, and the text says what is', async (_, answer, text) => {
  const sink = defineSink({ ...about, onRcpt: () => answer as never });
  await expect(fire(sink, 'onRcpt')).rejects.toThrow(text);
});

test('toKeepSignature() is about protected messages and what a signature covers', async () => {
  const appends = defineSink({ ...about, onArrival: () => next(insertText({ plain: 'a', html: 'b' })) });
  const marks = defineSink({ ...about, onArrival: () => next(prependField('X-Seen', 'yes')) });
  const careful = defineSink({
    ...about,
    onArrival: ({ message: seen }) =>
      seen.protection === 'none' ? next(addPart(textPart('text/plain', 'a'))) : next(),
  });
  const signed = { message: { protection: 'signed' } } as const;
  expect(await fire(appends, 'onArrival')).toKeepSignature();
  expect(await fire(appends, 'onArrival', signed)).not.toKeepSignature();
  expect(await fire(marks, 'onArrival', signed)).toKeepSignature();
  expect(await fire(careful, 'onArrival', signed)).toEditOnly();
  expect(await fire(careful, 'onArrival')).toEditOnly('add-part');
});

test('a matcher that fails says what the sink answered, and its log', async () => {
  const sink = defineSink({
    ...about,
    onRcpt(_, { log }) {
      log.warn('thinking');
      return next();
    },
  });
  const fired = await fire(sink, 'onRcpt');
  expect(() => expect(fired).toReject('No')).toThrow(
    'expected onRcpt to reject with No; it answered {"kind":"next","edits":[]}\n  log warn: thinking',
  );
});

test('fire() gives the note of a decision, and toNote() looks at it', async () => {
  const sink = defineSink({
    name: 'noting',
    version: '1.0.0',
    description: '',
    role: 'decides',
    onRcpt: ({ recipient }) => (recipient.startsWith('bob') ? noted(next(), 'known', { since: 2019 }) : next()),
  });
  const known = await fire(sink, 'onRcpt');
  expect(known.note).toEqual({ text: 'known', values: { since: 2019 } });
  expect(known).toNote('know');
  expect(known).toNote();
  const unknown = await fire(sink, 'onRcpt', { recipient: 'eve@example.test' });
  expect(unknown.note).toBeNull();
  expect(unknown).not.toNote();
  expect(() => expect(unknown).toNote('known')).toThrow('expected onRcpt to note known; it answered {"kind":"next"');
});
