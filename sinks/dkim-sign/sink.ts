import { defer, defineSink, next, noted, prependField, type DecisionFor, type SignedFields } from '@sluice/sdk';
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

z.config(en());

const domain = z
  .string()
  .check(z.regex(/^[a-z0-9_][a-z0-9_.-]{0,252}$/, 'expected a domain such as example.com, lower case'));
const settings = z.strictObject({
  /** Signed for, their subdomains too; each needs a key in `grants.mailauth.sign`. */
  domains: z.array(domain).check(z.minLength(1, 'expected at least one domain'), z.maxLength(64)),
  /** Whether mail of a client that did not authenticate is signed: whoever may relay here may then write in our name. */
  unauthenticated: z._default(z.enum(['skip', 'sign'], 'expected skip or sign'), 'skip'),
  /** The domain that seals mail of others on its way through (ARC). */
  seal: z.optional(domain),
});

/** Signs mail on its way out (DKIM), and seals mail of others that was verified on its way in (ARC). See README.md beside this file. */
export default defineSink({
  name: 'dkim-sign',
  version: '1.0.0',
  description: 'Signs mail on its way out (DKIM), and seals mail of others (ARC).',
  role: 'edits',
  needs: ['mailauth'],
  settings,

  async onBeforeData({ message, session, settings: its }, { mailauth }) {
    const isOurs = session === null || session.identity !== null || its.unauthenticated === 'sign';
    const signing = isOurs ? domainFor(message.field('From') ?? '', its.domains) : null;
    if (signing !== null) return answer(await mailauth.sign(signing), `DKIM ${signing}`);
    const chain = session?.tags['arc'];
    const results = resultsIn(message.all('Authentication-Results'), session?.tags['authserv-id']);
    if (its.seal === undefined || results === null || (chain !== 'none' && chain !== 'pass'))
      return noted(next(), 'neither signed nor sealed');
    return answer(await mailauth.seal(its.seal, results, chain), `ARC ${its.seal}`);
  },
});

function answer(made: SignedFields, what: string): DecisionFor<'onBeforeData'> {
  if (made.kind === 'failed') return defer('The message could not be signed now');
  if (made.kind === 'refused') return noted(next(), `not signed: ${made.reason}`.slice(0, 480));
  // Each goes on top of those before, and the first of them is to be the topmost.
  return noted(next(...made.fields.toReversed().map(([name, value]) => prependField(name, value))), what);
}

/** What the sink that verified wrote, below whatever was added since; null when it is not there. */
function resultsIn(fields: readonly string[], authservId: string | undefined): string | null {
  return fields.find((value) => authservId !== undefined && value.startsWith(`${authservId};`)) ?? null;
}

/** The longest of the domains that From is in; null for none, and for several authors. */
function domainFor(from: string, domains: readonly string[]): string | null {
  const found = [...from.replaceAll(/"(?:[^"\\]|\\.)*"/g, '').matchAll(/@([a-z0-9_.-]{1,253})/gi)];
  const own = new Set(found.map(([, name = '']) => name.toLowerCase()));
  const [only] = own;
  if (own.size !== 1 || only === undefined) return null;
  const within = domains.filter((one) => only === one || only.endsWith(`.${one}`));
  return within.toSorted((a, b) => b.length - a.length)[0] ?? null;
}
