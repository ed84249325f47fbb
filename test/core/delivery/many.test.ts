import { expect, test } from 'vitest';
import * as sdk from '../../../sdk/index.ts';
import { Fault } from '../../../core/errors.ts';
import { inline } from '../queue/submissions.ts';
import { hasty, isMoving, openOffice, type Answer, type PostOffice } from './post-office.ts';

const count = 200;
const fates = ['edited', 'deferred', 'rejected', 'broken', 'shaky', 'held'] as const;
const fateOf = (number: number) => fates[number % fates.length] ?? 'edited';

/** Each message meets the fate its number says; its trace id is `m<number>`. Reports have other ids. */
const answer: Answer = ({ traceId }, attempt) => {
  const [, number] = /^m(\d+)$/.exec(traceId) ?? [];
  if (number === undefined) return undefined;
  const fate = fateOf(Number(number));
  if (fate === 'rejected') return sdk.reject('no');
  if (fate === 'held') return sdk.quarantine('look at it');
  if (fate === 'deferred' && attempt === 1) return sdk.defer('not yet');
  if (fate === 'broken' || (fate === 'shaky' && attempt === 1)) throw new Fault('sandbox.threw');
  return sdk.next(sdk.appendField('X-Edited', 'yes'));
};

async function sendAll(office: PostOffice, from: number, to: number): Promise<void> {
  const numbers = Array.from({ length: to - from }, (_, at) => from + at);
  await Promise.all(
    numbers.map((number) =>
      office.send({
        traceId: `m${number}`,
        reversePath: 'ann@example.test',
        content: inline(`Subject: number ${number}\r\n\r\nhello\r\n`),
      }),
    ),
  );
}

const numbersOf = (fate: string): readonly string[] =>
  Array.from({ length: count }, (_, number) => number)
    .filter((number) => fate.split(' ').includes(fateOf(number)))
    .map(String)
    .toSorted();

const subjectsOf = (mail: readonly string[]): readonly string[] =>
  mail.map((text) => /Subject: number (\d+)/.exec(text)?.[1] ?? '').toSorted();

/** What became of all of them, by number. */
async function fatesOf(office: PostOffice): Promise<Record<string, readonly string[]>> {
  const held = await office.quiet();
  const delivered = await office.mail('bob');
  const numbers = (state: string) => held.filter((one) => one.state === state).map(({ traceId }) => traceId.slice(1));
  return {
    delivered: subjectsOf(delivered),
    editedOnce: subjectsOf(delivered.filter((text) => text.match(/X-Edited: yes/g)?.length === 1)),
    reported: subjectsOf(await office.mail('ann')),
    frozen: numbers('frozen').toSorted(),
    quarantine: numbers('quarantine').toSorted(),
  };
}

const wanted = {
  delivered: numbersOf('edited deferred shaky'),
  editedOnce: numbersOf('edited deferred shaky'),
  reported: numbersOf('rejected'),
  frozen: numbersOf('broken'),
  quarantine: numbersOf('held'),
};

test('each of 200 messages ends delivered once, reported, or visibly held', async () => {
  await using office = await openOffice({ answer });
  await sendAll(office, 0, count);
  expect(await fatesOf(office)).toEqual(wanted);
});

test('with room for a few in memory only, the rest is found in the queue', async () => {
  const options = { ...hasty, concurrency: 4, memory: 8_000 };
  await using office = await openOffice({ answer, options });
  await sendAll(office, 0, count);
  expect(await fatesOf(office)).toEqual(wanted);
});

test('a restart in the middle, with no grace, loses nothing and repeats nothing', async () => {
  const options = { ...hasty, grace: 0, concurrency: 8 };
  let office = await openOffice({ answer, options });
  let underWay = 0;
  for (let from = 0; from < count; from += 50) {
    await sendAll(office, from, from + 50);
    await expect.poll(async () => (await office.mail('bob')).length, { interval: 1 }).toBeGreaterThan(from / 5);
    underWay += (await office.house.queue.list()).filter(isMoving).length;
    office = await office.restart();
  }
  expect(await fatesOf(office)).toEqual(wanted);
  expect(underWay).toBeGreaterThan(0);
  await office[Symbol.asyncDispose]();
});

test('disposing finishes what is under way within the grace', async () => {
  const asked = Promise.withResolvers<void>();
  const answers = Promise.withResolvers<void>();
  const office = await openOffice({
    answer: async () => {
      asked.resolve();
      await answers.promise;
      return undefined;
    },
  });
  await office.send();
  await asked.promise;
  const stopped = office.delivery[Symbol.asyncDispose]();
  answers.resolve();
  await stopped;
  expect(await office.house.queue.list()).toEqual([]);
  expect(await office.mail()).toHaveLength(1);
  await office.house[Symbol.asyncDispose]();
});
