import { day, defineSink, next, noted, type Message } from '@sluice/sdk';
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { whySilent } from './silence.ts';

z.config(en());

const address = z.string().check(z.regex(/^[^\s<>@]{1,64}@[^\s<>@]{1,255}$/, 'expected an address'));
const instant = z
  .string()
  .check(
    z.refine(
      (text) => !Number.isNaN(Date.parse(text)),
      'expected a day such as 2026-12-24, or a time such as 2026-12-24T18:00+01:00',
    ),
  );
const absence = z.strictObject({
  /** Lines of the answer. */
  text: z.string().check(z.minLength(1), z.maxLength(10_000)),
  /** Instead of `Auto:` and the subject of the message. */
  subject: z.optional(z.string().check(z.regex(/^[^\p{Cc}]{1,200}$/u, 'expected 1 to 200 characters on one line'))),
  /** From when to when; without them, always. */
  from: z.optional(instant),
  until: z.optional(instant),
  /** Other addresses of the same person: only mail that names one of them in To or Cc is answered. */
  aliases: z._default(z.array(address).check(z.maxLength(50)), []),
});
const settings = z.strictObject({
  /** By the address of the mailbox. */
  users: z.record(address, absence),
  /** Days until the same sender gets another answer. */
  every: z._default(z.int('expected 1 to 90 days').check(z.minimum(1), z.maximum(90)), 7),
});
type Absence = z.output<typeof absence>;

/** Tells people who write that somebody is away, and nobody twice (RFC 3834). See README.md beside this file. */
export default defineSink({
  name: 'vacation',
  version: '1.0.0',
  description: 'Answers for those who are away: people only, and once in a while.',
  role: 'observes',
  needs: ['submit', 'kv', 'clock'],
  settings,

  async onCategorized({ message, envelope, settings: { users, every } }, { submit, kv, clock, log }) {
    const known = new Map(Object.entries(users).map(([user, said]) => [user.toLowerCase(), said]));
    const asked = envelope.recipients.flatMap((one) => {
      const user = baseOf(one.toLowerCase());
      const said = known.get(user);
      return said ? [{ user, said }] : [];
    });
    if (asked.length === 0) return next();
    const now = await clock.now();
    const notes: string[] = [];
    for (const { user, said } of asked) {
      const why = isAway(said, now)
        ? whySilent(message, envelope.reversePath, [user, ...said.aliases])
        : 'not away now';
      if (why !== null) notes.push(`${user}: ${why}`);
      else if ((await kv.increment(keyOf(user, envelope.reversePath, said), 1, every * day)) > 1)
        notes.push(`${user}: answered before`);
      else {
        const sent = await submit.message(answerTo(message, envelope.reversePath, user, said));
        if (sent.kind === 'refused') log.warn('no answer', { user, reason: sent.reason });
        notes.push(`${user}: ${sent.kind}`);
      }
    }
    return noted(next(), notes.join('; ').slice(0, 480));
  },
});

const isAway = ({ from, until }: Absence, now: number): boolean =>
  (from === undefined || now >= Date.parse(from)) && (until === undefined || now < endOf(until));

/** A day ends at its end. */
const endOf = (until: string): number => Date.parse(until) + (until.includes('T') ? 0 : day);

/** `ann+news@example.com` is Ann's mailbox. */
const baseOf = (recipient: string): string => recipient.replace(/\+[^@]{0,64}@/, '@');

/** Another absence answers anew. */
const keyOf = (user: string, sender: string, { from = '' }: Absence): string =>
  `${user} ${from} ${sender.toLowerCase()}`.slice(0, 512);

/** RFC 3834 §3.1: to the reverse-path alone, in answer to the message; §3.3: from nowhere, so that nobody answers it. */
function answerTo(message: Message, to: string, user: string, { subject, text }: Absence) {
  const id = message.field('Message-ID')?.trim() ?? '';
  const references = `${message.field('References')?.trim() ?? ''} ${id}`.trim().slice(-2_000);
  const isId = /^<[!-;=?-~]{3,900}>$/.test(id);
  return {
    to: [to],
    from: user,
    subject:
      subject ??
      `Auto: ${(message.field('Subject') ?? '')
        .replaceAll(/\p{Cc}/gu, ' ')
        .trim()
        .slice(0, 500)}`,
    text,
    fields: isId ? fieldsFor(id, references) : [],
  };
}

const fieldsFor = (id: string, references: string): readonly (readonly [string, string])[] => [
  ['In-Reply-To', id],
  ['References', references],
];
