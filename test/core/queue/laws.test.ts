import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ArrivalOutcome, QueuedMessage } from '../../../core/queue/queue.ts';
import { engines, openHouse, type House } from '../database/engines.ts';
import { inline, submission } from './submissions.ts';

const boxes = ['a', 'b', 'c'].map((user) => `${user}@example.test/INBOX`);
const large = Buffer.alloc(70_000, 'L');

type Step =
  | { readonly kind: 'accept'; readonly recipients: number; readonly large: boolean }
  | { readonly kind: 'arrive' | 'deliver' | 'defer' | 'hold' | 'done' | 'remove' | 'freeze'; readonly pick: number }
  | { readonly kind: 'edit'; readonly pick: number; readonly large: boolean }
  | { readonly kind: 'expunge'; readonly pick: number }
  | { readonly kind: 'restart' };

const pick = fc.nat(20);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('accept'),
      recipients: fc.integer({ min: 1, max: 3 }),
      large: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('deliver'), pick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('edit'), pick, large: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('arrive', 'defer', 'hold', 'done', 'remove', 'freeze'), pick }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('expunge'), pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart') }) },
);

/** Claims somebody has, good and stale: steps pick from them at random, as threads out of step would. */
type World = { house: House; readonly claims: QueuedMessage[]; process: number };

async function run(world: World, one: Step): Promise<void> {
  const { house, claims } = world;
  const { queue, database } = house;
  const content = async (isLarge: boolean) => (isLarge ? database.content.write(large) : inline('small'));
  if (one.kind === 'accept') {
    const recipients = boxes.slice(0, one.recipients).map((box) => box.replace('/INBOX', ''));
    claims.push(await queue.accept(submission({ recipients, content: await content(one.large) })));
    return;
  }
  if (one.kind === 'restart') {
    world.house = await house.restart(`process ${(world.process += 1)}`);
    claims.push(...(await world.house.queue.claim(100)));
    return;
  }
  if (one.kind === 'expunge') {
    await house.store.expunge(boxes[one.pick % boxes.length] ?? '', [one.pick % 7, one.pick]);
    return;
  }
  const message = claims[one.pick % Math.max(1, claims.length)];
  if (!message) return;
  if (one.kind === 'remove') await queue.remove(message.id);
  else if (one.kind === 'freeze') await queue.setState(message.id, 'frozen');
  else if (one.kind === 'deliver') await deliver(world, message);
  else await arrive(world, message, one.kind, one.kind === 'edit' ? await content(one.large) : null);
}

async function deliver({ house }: World, message: QueuedMessage): Promise<void> {
  const deliveries = message.recipients.map(({ id }) => ({
    recipient: id,
    mailbox: boxes[id - 1] ?? '',
    prefix: '',
    reply: '',
  }));
  const settlement = house.queue.settlement(message, [], [], []);
  await house.delivery.deliverLocal({ settlement, deliveries });
}

async function arrive(
  { house, claims }: World,
  message: QueuedMessage,
  kind: 'arrive' | 'edit' | 'defer' | 'hold' | 'done',
  content: Awaited<ReturnType<House['database']['content']['write']>> | null,
): Promise<void> {
  const recipients = message.recipients.map(({ address }) => address);
  const outcomes = {
    arrive: { kind: 'arrived', content, reversePath: '', recipients, tags: {} },
    edit: { kind: 'arrived', content, reversePath: '', recipients, tags: {} },
    defer: { kind: 'defer', until: 0, reason: '', fault: false },
    hold: { kind: 'held', state: 'quarantine', reason: '', content },
    done: { kind: 'done', reason: '' },
  } satisfies Record<string, ArrivalOutcome>;
  const arrived = await house.queue.settleArrival(message, outcomes[kind]);
  if (arrived) claims.push(arrived);
}

const isFence = (thrown: unknown): boolean =>
  thrown instanceof Error && 'code' in thrown && thrown.code === 'queue.fence';

describe.each(engines)('queue and store ($name)', (engine) => {
  test('whatever happens in whatever order, contents are counted right and every listed message can be read', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const world: World = { house: await openHouse(engine), claims: [], process: 0 };
        for (const one of steps)
          await run(world, one).catch((thrown: unknown) => {
            if (!isFence(thrown)) throw thrown; // a stale claim is refused, which is the point
          });
        for (const box of boxes)
          for (const { uid, size } of await world.house.store.list(box))
            expect((await world.house.store.octets(box, uid)).length).toBe(size);
        for (const message of await world.house.queue.list())
          expect((await world.house.queue.content(message)).length).toBe(message.size);
        await world.house[Symbol.asyncDispose](); // counts the contents
      }),
      { numRuns: process.env['LONG'] ? 100 : 12 },
    );
  }, 600_000);
});
