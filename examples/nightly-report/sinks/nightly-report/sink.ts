import { day, defineSink } from '@sluice/sdk';
import { z } from 'zod';

/** Counts deliveries and bounces by day, and mails the figures every night. */
export default defineSink({
  name: 'nightly-report',
  version: '1.0.0',
  description: 'Mails a report of the day, every night.',
  role: 'observes',
  needs: ['kv', 'clock', 'submit'],
  settings: z.strictObject({ to: z.string().includes('@') }),
  timers: { report: { cron: '5 0 * * *' } },

  async onDelivered(_, { kv, clock }) {
    await kv.increment(`${dayOf(await clock.now())} delivered`, 1, 7 * day);
  },
  async onBounced(_, { kv, clock }) {
    await kv.increment(`${dayOf(await clock.now())} bounced`, 1, 7 * day);
  },
  async onTimer({ due, settings }, { kv, submit, log }) {
    const yesterday = dayOf(due - day);
    const [delivered, bounced] = [await kv.get(`${yesterday} delivered`), await kv.get(`${yesterday} bounced`)];
    const text = `delivered: ${delivered ?? 0}\nbounced: ${bounced ?? 0}\n`;
    const sent = await submit.message({ to: [settings.to], subject: `Mail of ${yesterday}`, text });
    log.info('reported', { day: yesterday, sent: sent.kind });
  },
});

/** `2026-11-23`, UTC. @param instant epoch milliseconds */
function dayOf(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10);
}
