import { defer, defineSink, minute, next, type Session } from '@sluice/sdk';
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

z.config(en());

const count = z.int('expected a whole number').check(z.minimum(1), z.maximum(1_000_000_000));
const settings = z.strictObject({
  /** Recipients in one window. */
  recipients: count,
  /** Minutes. */
  window: z._default(z.int('expected 1 to 10,080 minutes').check(z.minimum(1), z.maximum(7 * 24 * 60)), 60),
  /** What shares one limit. */
  per: z._default(
    z.enum(['identity', 'address', 'reverse-path'], 'expected identity, address or reverse-path'),
    'identity',
  ),
});

/** Defers recipients above a number in a window of time. See README.md beside this file. */
export default defineSink({
  name: 'rate-limit',
  version: '1.0.0',
  description: 'Defers recipients above a number in a window of time.',
  role: 'decides',
  needs: ['kv', 'clock'],
  settings,

  async onRcpt({ session, envelope, settings: { recipients, window, per } }, { kv, clock, log }) {
    const who = whoOf(per, session, envelope.reversePath);
    if (who === null) return next();
    const length = window * minute;
    const at = Math.floor((await clock.now()) / length);
    const used = await kv.increment(`${at} ${who}`.slice(0, 512), 1, length);
    if (used <= recipients) return next();
    if (used === recipients + 1) log.warn('limit reached', { who, recipients, window });
    return defer(`Too many recipients, try again in ${window} min`, { code: 452, status: '5.3' });
  },
});

/** Null: nobody to count for. Who did not authenticate counts by address, where the limit is one of identities. */
function whoOf(
  per: 'identity' | 'address' | 'reverse-path',
  session: Session | null,
  reversePath: string,
): string | null {
  if (per === 'reverse-path') return reversePath === '' ? null : reversePath.toLowerCase();
  if (session === null) return null;
  return per === 'identity' ? (session.identity ?? session.remote.address) : session.remote.address;
}
