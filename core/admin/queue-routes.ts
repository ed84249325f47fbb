import { z } from 'zod';

const count = z.int().min(0);
/** Epoch milliseconds. */
const instant = z.number();
const id = z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER);
const name = z.string().min(1).max(320).describe('A destination as GET /destinations names it.');
const address = z.string().min(3).max(320).describe('A whole address.');
const done = z.literal('done');
const byId = z.strictObject({ id });
const byName = z.strictObject({ name });

const destination = z.object({
  name: z.string(),
  /** Recipients. */
  waiting: count,
  /** When the oldest message was accepted. */
  oldest: instant,
  next: instant,
  isFrozen: z.boolean(),
  lastReply: z.string().nullable(),
});

/** What operators do with the queue, its destinations and the aliases of the directory. */
export const queueRoutes = {
  /** Holds one message; `release` lets it go on. */
  freeze: { verb: 'POST', path: '/queue/:id/freeze', input: byId, output: done },
  /** Deletes it, and tells its sender. */
  bounce: { verb: 'POST', path: '/queue/:id/bounce', input: byId, output: done },
  /** Next hops mail waits for, and those that are frozen. */
  destinations: {
    verb: 'GET',
    path: '/destinations',
    input: z.strictObject({}),
    output: z.array(destination).readonly(),
  },
  /** Mail for it is taken and not sent. */
  freezeDestination: { verb: 'POST', path: '/destinations/:name/freeze', input: byName, output: done },
  thawDestination: { verb: 'POST', path: '/destinations/:name/thaw', input: byName, output: done },
  /** Tries it now. Answers how many recipients wait for it. */
  retryDestination: {
    verb: 'POST',
    path: '/destinations/:name/retry',
    input: byName,
    output: z.object({ waiting: count }),
  },
  aliases: {
    verb: 'GET',
    path: '/aliases',
    input: z.strictObject({}),
    output: z.array(z.object({ address: z.string(), members: z.array(z.string()).readonly() })).readonly(),
  },
  setAlias: {
    verb: 'POST',
    path: '/aliases/:address',
    input: z.strictObject({ address, members: z.array(address).min(1).max(1_000) }),
    output: done,
  },
  removeAlias: { verb: 'POST', path: '/aliases/:address/delete', input: z.strictObject({ address }), output: done },
} as const;
