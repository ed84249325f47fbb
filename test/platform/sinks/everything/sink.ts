import { defineSink, next } from '@sluice/sdk';
import * as z from 'zod';

const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => String(error));

/** Uses every capability there is, and sends bob what came of it. */
export default defineSink({
  name: 'everything',
  version: '1.0.0',
  description: 'Uses every capability.',
  role: 'observes',
  needs: ['clock', 'kv', 'message', 'dns', 'http', 'scan', 'submit', 'directory', 'secrets'],
  settings: z.object({ url: z.string() }),

  async onArrival(
    { message, settings },
    { clock, kv, message: reader, dns, http, scan, submit, directory, secrets, log },
  ) {
    const seen = await kv.get('seen');
    await kv.put('seen', 'yes');
    const report = {
      seen,
      count: await kv.increment('count'),
      keys: await kv.list(''),
      hasTime: (await clock.now()) > 0,
      text: await reader.text(),
      mx: await dns.resolve('example.test', 'MX'),
      alice: await directory.lookup('Alice@example.test'),
      scan: await scan.message(),
      posted: await http.post(settings.url, {
        body: 'message',
        headers: { Authorization: { secret: 'hidden', prefix: 'Bearer ' } },
      }),
      metadata: await outcome(http.get('http://169.254.169.254/latest/meta-data/')),
      secret: await secrets.read('shown'),
      hidden: await outcome(secrets.read('hidden')),
      emptyKey: await outcome(kv.put('', 'x')),
    };
    log.info(`the secret is ${report.secret}`, { again: report.secret });
    const subject = `Report on ${message.field('Subject')}`;
    const sent = await submit.message({ to: ['bob@example.test'], subject, text: JSON.stringify(report) });
    log.info(`submit: ${JSON.stringify(sent)}`);
    return next();
  },
});
