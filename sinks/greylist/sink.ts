import { day, defer, defineSink, minute, next } from '@sluice/sdk';
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

z.config(en());

const minutes = z.int('expected 1 to 1,440 minutes').check(z.minimum(1), z.maximum(24 * 60));
const settings = z.strictObject({
  /** Minutes a new sender waits. */
  wait: z._default(minutes, 5),
  /** Days one that came back is remembered after its last message. */
  remember: z._default(z.int('expected 1 to 365 days').check(z.minimum(1), z.maximum(365)), 35),
});

/** Asks an unknown client to come back later, which spam software seldom does (RFC 6647). See README.md beside this file. */
export default defineSink({
  name: 'greylist',
  version: '1.0.0',
  description: 'Defers the first message from an unknown network to a recipient.',
  role: 'decides',
  needs: ['kv', 'clock'],
  settings,

  async onRcpt({ session, envelope, recipient, settings: { wait, remember } }, { kv, clock, log }) {
    if (session === null || session.identity !== null) return next();
    const key = keyOf(session.remote.address, envelope.reversePath, recipient);
    const now = await clock.now();
    const seen = await kv.get(key);
    const first = seen === null ? now : Number(seen);
    const isKnown = now - first >= wait * minute;

    if (seen === null || isKnown) await kv.put(key, String(first), isKnown ? remember * day : day);
    if (isKnown) return next();
    log.info('greylisted', { recipient });
    return defer(`Greylisted, try again in ${Math.ceil((wait * minute - (now - first)) / minute)} min`, {
      status: '7.1',
    });
  },
});

/** Networks and not addresses: large senders try again from a neighbour (RFC 6647 §4.2). */
function keyOf(address: string, reversePath: string, recipient: string): string {
  return `${networkOf(address)} ${reversePath.toLowerCase()} ${recipient.toLowerCase()}`.slice(0, 512);
}

/** The first three numbers of IPv4, the first four groups of IPv6. LIMIT: an IPv6 address that has `::` among these is taken as it is. */
function networkOf(address: string): string {
  if (!address.includes(':')) return address.split('.').slice(0, 3).join('.');
  const groups = address.split(':').slice(0, 4);
  return groups.includes('') ? address : groups.join(':');
}
