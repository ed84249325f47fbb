import { expect, test } from 'vitest';
import { openDesk, type Desk } from '../../../core/message/desk.ts';
import { openMessage, type MessageEdit } from '../../../core/message/message.ts';
import { protectionOf, type Classification } from '../../../core/smime/smime.ts';
import { insertText, removePart, wrap } from '../../../sdk/edits.ts';
import { fixtures, wire } from '../../messages/make.ts';

const worker = new URL('../../../core/platform/message-desk-thread.ts', import.meta.url);
const silent = { warn: () => undefined };
const edits: readonly (readonly MessageEdit[])[] = [
  [insertText({ plain: 'Fußnote', html: '<p>Fußnote</p>' }), { kind: 'append-field', name: 'X-A', value: 'a' }],
  [removePart('2.9')],
  [wrap('<p>x</p>')],
];
const openAll = (options: Partial<Parameters<typeof openDesk>[0]> = {}): Desk<Classification> =>
  openDesk({ worker, look: protectionOf, log: silent, from: 0, ...options });

test('in a thread a message is read and edited as it is here', async () => {
  await using desk = openAll();
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
