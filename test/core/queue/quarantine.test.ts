import { describe, expect, test } from 'vitest';
import { engines, openHouse } from '../database/engines.ts';
import { submission } from './submissions.ts';

describe.each(engines)('queue ($name)', (engine) => {
  test('a submission in quarantine is held from the start, also over a restart, until somebody resumes it', async () => {
    await using house = await openHouse(engine);
    const accepted = await house.queue.accept(submission({ quarantine: 'looks like a virus' }));
    expect(accepted).toMatchObject({ state: 'quarantine', reason: 'looks like a virus' });
    expect(await house.queue.claim(10)).toEqual([]);
    expect(await house.queue.nextDue()).toBeNull();

    await using next = await house.restart();
    expect(await next.queue.claim(10)).toEqual([]);
    expect(await next.queue.list()).toMatchObject([{ state: 'quarantine', reason: 'looks like a virus' }]);
    expect(await next.queue.resume(accepted.id)).toBe(true);
    expect(await next.queue.claim(10)).toMatchObject([{ id: accepted.id, state: 'accepted', reason: null }]);
  });
});
