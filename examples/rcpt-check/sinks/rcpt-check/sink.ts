import { defer, defineSink, next, reject } from '@sluice/sdk';
import { z } from 'zod';

/** Asks an HTTP service whether a recipient exists, and remembers what it said. */
export default defineSink({
  name: 'rcpt-check',
  version: '1.0.0',
  description: 'Takes only recipients an HTTP service knows.',
  role: 'decides',
  needs: ['http', 'kv'],
  settings: z.strictObject({
    /** `{recipient}` stands for the address. 200 means there is one, 404 that there is none. */
    url: z.string().includes('{recipient}'),
    /** Seconds an answer is remembered. */
    remember: z.int().positive().default(300),
  }),

  async onRcpt({ recipient, settings }, { http, kv, log }) {
    const known = (await kv.get(recipient)) ?? (await ask(recipient));
    if (known === 'yes') return next();
    return known === 'no' ? reject('No such user', { status: '1.1' }) : defer('Try again later', { status: '4.3' });

    async function ask(address: string): Promise<string> {
      const answer = await http.get(settings.url.replace('{recipient}', encodeURIComponent(address)));
      const status = answer.kind === 'response' ? answer.status : answer.reason;
      const said = status === 200 ? 'yes' : status === 404 ? 'no' : 'nobody knows';
      log.info('asked', { status });
      if (said !== 'nobody knows') await kv.put(address, said, settings.remember * 1_000);
      return said;
    }
  },
});
