import { defineSink, next, noted, reject, setTag, type Dns } from '@sluice/sdk';
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

z.config(en());

const zone = z.string().check(z.regex(/^[a-z0-9][a-z0-9.-]{1,200}$/i, 'expected a zone such as zen.example.org'));
const list = z.strictObject({
  zone,
  /** What a listing counts; negative for lists of those who are good (DNSWL). */
  weight: z._default(z.number().check(z.minimum(-100), z.maximum(100)), 1),
  /** Answers that count, as beginnings: `127.0.0.2`, `127.0.0.`; all of 127.0.0.0/8 when left out. */
  answers: z.optional(
    z
      .array(z.string().check(z.regex(/^127\.[\d.]{0,11}$/, 'expected the beginning of an answer such as 127.0.0.2')))
      .check(z.maxLength(64)),
  ),
});
const settings = z.strictObject({
  lists: z
    .array(list)
    .check(z.minLength(1, 'expected at least one list'), z.maxLength(16, 'expected at most 16 lists')),
  /** The sum of weights from which on a client is refused. */
  refuseAt: z._default(z.number().check(z.minimum(0.1)), 1),
});
type List = z.output<typeof list>;

/** Refuses clients that lists in the DNS name (RFC 5782). See README.md beside this file. */
export default defineSink({
  name: 'dnsbl',
  version: '1.0.0',
  description: 'Refuses clients that lists in the DNS name.',
  role: 'decides',
  needs: ['dns'],
  settings,

  async onMail({ session, settings: { lists, refuseAt } }, { dns, log }) {
    if (session === null || session.identity !== null) return next();
    const reversed = reverse(session.remote.address);
    if (reversed === null) return next();
    const hits = (await Promise.all(lists.map((one) => ask(dns, log, reversed, one)))).flat();
    const score = hits.reduce((sum, { weight }) => sum + weight, 0);
    const names = hits.map(({ zone: of }) => of).join(' ');
    if (score >= refuseAt)
      return noted(
        reject(`Client ${session.remote.address} is listed by ${names}`.slice(0, 400), { code: 554, status: '7.1' }),
        'listed',
        { score, hits },
      );
    return hits.length === 0 ? next() : noted(next(setTag('dnsbl', names.slice(0, 500))), 'listed', { score, hits });
  },
});

async function ask(
  dns: Dns,
  log: { warn(text: string, values?: object): void },
  reversed: string,
  { zone: of, weight, answers }: List,
) {
  const found = await dns.resolve(`${reversed}.${of}`, 'A');
  if (found.kind === 'failed') log.warn('a list does not answer', { zone: of, reason: found.reason });
  if (found.kind !== 'found') return [];
  // RFC 5782 §2.1: a listing is in 127.0.0.0/8. Of these, 127.255.255.* is how lists say that they do not answer us.
  const counts = found.records.filter((one) => one.startsWith('127.') && !one.startsWith('127.255.255.'));
  const isHit = counts.some((one) => answers === undefined || answers.some((start) => one.startsWith(start)));
  return isHit ? [{ zone: of, weight }] : [];
}

/** As RFC 5782 §2.1 and §2.4 turn it around; null for what is no address. */
function reverse(address: string): string | null {
  const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(address)?.[1] ?? address;
  if (!mapped.includes(':')) return mapped.split('.').toReversed().join('.');
  const [head = '', tail] = mapped.toLowerCase().split('%', 1)[0]?.split('::') ?? [];
  const [front, back] = [groups(head), groups(tail ?? '')];
  const zeros = Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0');
  const whole = [...front, ...zeros, ...back].map((one) => one.padStart(4, '0'));
  return whole.length === 8 ? Array.from(whole.join('')).toReversed().join('.') : null;
}

const groups = (text: string): readonly string[] => text.split(':').filter((one) => one !== '');
