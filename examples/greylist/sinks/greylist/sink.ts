import { day, defer, defineSink, minute, next } from '@sluice/sdk';

/** Asks an unknown client to come back later, which spam software seldom does (RFC 6647). */
export default defineSink({
  name: 'greylist',
  version: '1.0.0',
  description: 'Defers the first message from an unknown client.',
  role: 'decides',
  needs: ['kv', 'clock'],

  async onRcpt({ session, envelope, recipient }, { kv, clock, log }) {
    if (session?.identity) return next();
    const key = `${session?.remote.address} ${envelope.reversePath} ${recipient}`.slice(0, 512);
    const now = await clock.now();
    const firstSeen = await kv.get(key);
    const isKnown = firstSeen !== null && now - Number(firstSeen) >= 5 * minute;

    if (isKnown || firstSeen === null) await kv.put(key, firstSeen ?? String(now), isKnown ? 35 * day : day);
    if (isKnown) return next();
    log.info('greylisted', { recipient });
    return defer('Greylisted, try again in 5 minutes');
  },
});
