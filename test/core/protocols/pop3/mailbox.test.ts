import { expect, test } from 'vitest';
import { hashPassword, openAuth } from '../../../../core/auth/auth.ts';
import { openDirectory } from '../../../../core/directory/directory.ts';
import { createDispatcher } from '../../../../core/events/dispatch.ts';
import { createGeneration } from '../../../../core/events/generation.ts';
import { deliveryPrefix } from '../../../../core/store/store.ts';
import { next, reject } from '../../../../sdk/decisions.ts';
import { readBinding } from '../../../support/bindings.ts';
import { play } from '../../../support/dialogue.ts';
import { engines, openHouse, silent, type House } from '../../database/engines.ts';
import { inline, submission } from '../../queue/submissions.ts';
import { listen } from './pop3-server.ts';

const engine = engines[0]!;
const mailbox = 'bob@example.test/INBOX';

/** Puts a message where delivery would. */
async function deliver({ queue, delivery }: House, text: string): Promise<void> {
  const message = await queue.accept(submission({ content: inline(text) }));
  const prefix = deliveryPrefix(message.reversePath, 'bob@example.test');
  const settlement = queue.settlement(message, [], [], []);
  await delivery.deliverLocal({ deliveries: [{ recipient: 1, mailbox, prefix, reply: '250 2.0.0 ok' }], settlement });
}

test('a mailbox of the real store is read and emptied, by the real auth, past real bindings', async () => {
  await using house = await openHouse(engine);
  const directory = openDirectory(house.database, { hashPassword, newPassword: () => 'p w' });
  await directory.sync([{ name: 'example.test', users: ['bob'] }]);
  await deliver(house, 'Subject: one\r\n\r\n.first\r\n');
  await deliver(house, 'Subject: two\r\n\r\nno end');

  const reading = readBinding({}, { events: ['onRetrieve'] }, 'pop3');
  const bindings = reading.kind === 'binding' ? [{ ...reading.binding, virtualServer: 'pop' }] : [];
  const generation = createGeneration(1, bindings, () => undefined);
  const told: string[] = [];
  const dispatcher = createDispatcher({
    callSink: async ({ event, payload }) => {
      told.push(event);
      return 'verb' in payload && payload.verb === 'TOP' ? reject('whole messages only') : next();
    },
    record: () => undefined,
    now: house.clock.now,
  });
  await using server = await listen({
    dispatcher,
    generation: () => generation,
    store: house.store,
    directory,
    auth: openAuth(directory, { now: house.clock.now }),
    log: silent,
    record: () => undefined,
    now: house.clock.now,
    randomId: () => 's1',
  });

  await play(
    `S: +OK POP3 server ready
     C: USER Bob@Example.TEST
     S: +OK send PASS
     C: PASS p w
     S: +OK maildrop has 2 messages (174 octets)
     C: UIDL
     S: +OK unique ids follow
     S: 1 1.1
     S: 2 1.2
     S: .
     C: RETR 1
     S: +OK 88 octets
     S: Return-Path: <ann@example.org>
     S: Delivered-To: bob@example.test
     S: Subject: one
     S:
     S: ..first
     S: .
     C: TOP 1 0
     S: -ERR [SYS/PERM] whole messages only
     C: DELE 1
     S: +OK message 1 deleted
     C: QUIT
     S: +OK bye (1 messages removed)
     -- closed`,
    server.port,
  );
  expect(await house.store.list(mailbox)).toMatchObject([{ uid: 2 }]);
  expect(told).toEqual(['onRetrieve', 'onRetrieve']);
});
