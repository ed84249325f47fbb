/*
 * What a sink's author sees in the editor, compiled by `tsc` and never run. Each `@ts-expect-error` is a mistake that must
 * not compile: one that does is reported as an unused directive.
 */
import {
  accept,
  addCapability,
  addRecipient,
  appendField,
  badmail,
  defer,
  defineSink,
  discard,
  drop,
  insertText,
  next,
  quarantine,
  redirect,
  reject,
  setField,
  setGreeting,
  setTag,
  type Message,
  type Session,
  type StandardSchema,
} from '@sluice/sdk';
import * as z from 'zod';

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
/** Compiles only when each of the two types is assignable to the other. */
const same = <A, B>(isSame: Same<A, B>): boolean => isSame;

const about = { name: 'x', version: '1.0.0', description: 'x', role: 'decides' } as const;
declare const schema: StandardSchema<{ readonly limit: number }>;

// Settings and capabilities are inferred; payload and context are those of the event.
defineSink({
  ...about,
  needs: ['kv', 'clock'],
  settings: schema,
  timers: { sweep: { every: '5m' }, nightly: { cron: '0 3 * * *', zone: 'Europe/Berlin' } },
  async onRcpt(
    { event, settings, recipient, envelope, session, local, binding, matchedRecipients },
    { kv, clock, log },
  ) {
    same<typeof event, 'onRcpt'>(true);
    same<typeof settings, { readonly limit: number }>(true);
    same<typeof recipient, string>(true);
    same<typeof envelope.recipients, readonly string[]>(true);
    same<typeof session, Session | null>(true);
    same<typeof local, boolean>(true);
    same<typeof matchedRecipients, readonly string[] | null>(true);
    log.info(binding.name, { now: await clock.now() });
    return (await kv.get(recipient)) === null ? defer('Come back later') : next(setTag('seen', 'yes'));
  },
  onArrival({ message }) {
    same<typeof message, Message>(true);
    return message.field('Subject') === null ? reject('No subject') : next();
  },
  async onTimer({ timer, due }) {
    same<typeof timer, string>(true);
    same<typeof due, number>(true);
  },
  onDelivered() {},
});

// zod fits as it is, with defaults and transforms.
defineSink({
  ...about,
  settings: z.object({ limit: z.number().default(3), who: z.string().transform((text) => text.split(',')) }),
  onMail({ settings }) {
    same<typeof settings, { limit: number; who: string[] }>(true);
    return next();
  },
});

// Without settings and needs there are none.
defineSink({
  ...about,
  onMail({ settings }, has) {
    same<keyof typeof has, 'log'>(true);
    // @ts-expect-error: this sink has no settings
    return settings.limit.toFixed() === '3' ? next() : accept();
  },
});

// Edits of several kinds go together, in one answer or in several.
defineSink({
  ...about,
  onRcpt: ({ local }) => (local ? next(setTag('a', 'b'), addRecipient('c@d.example')) : accept(setTag('a', 'b'))),
  onEndOfData: () => quarantine('why', setField('X-A', 'b'), addRecipient('c@d.example'), setTag('a', 'b')),
  onArrival: ({ envelope }) =>
    envelope.recipients.length > 1
      ? redirect(['c@d.example'], insertText({ plain: 'a', html: 'b' }), appendField('X-A', 'b'))
      : next(),
});

defineSink({
  ...about,
  // @ts-expect-error: there is no such capability
  needs: ['teleport'],
  onMail: () => next(),
});

defineSink({
  ...about,
  needs: ['kv'],
  // @ts-expect-error: clock is not in needs
  onMail: async (_, { clock }) => ((await clock.now()) > 0 ? next() : accept()),
});

defineSink({
  ...about,
  // @ts-expect-error: there is no such event
  onMial: () => next(),
});

defineSink({
  ...about,
  // @ts-expect-error: onMail carries no recipient
  onMail: ({ recipient }) => reject(recipient),
});

defineSink({
  ...about,
  // @ts-expect-error: onRcpt cannot quarantine
  onRcpt: () => quarantine('x'),
  // @ts-expect-error: onConnect cannot drop
  onConnect: async () => drop('x'),
  // @ts-expect-error: onEndOfData cannot badmail
  onEndOfData: () => badmail('x'),
  // @ts-expect-error: onData cannot discard
  onData: () => (Date.length > 7 ? next() : discard('x')),
});

defineSink({
  ...about,
  // @ts-expect-error: an edit of the message, before there is one
  onRcpt: () => next(setField('X-A', 'b')),
  // @ts-expect-error: an edit of the greeting, after it
  onMail: () => next(setTag('a', 'b'), setGreeting('hello')),
  // @ts-expect-error: capabilities are announced at EHLO
  onConnect: () => accept(addCapability('X-A')),
  // @ts-expect-error: onRetrieve allows no edit
  onRetrieve: () => next(setTag('a', 'b')),
});

defineSink({
  ...about,
  // @ts-expect-error: an answer is missing
  onMail: () => undefined,
  // @ts-expect-error: an answer must be a decision
  onRcpt: () => true,
});

// @ts-expect-error: the role is missing
defineSink({ name: 'x', version: '1', description: 'x', onMail: () => next() });

defineSink({
  ...about,
  // @ts-expect-error: neither an interval nor cron
  timers: { sweep: { at: 'noon' } },
  onTimer() {},
});

defineSink({
  ...about,
  onArrival({ message, envelope }) {
    // @ts-expect-error: what a sink sees cannot be changed in place
    message.size = 0;
    // @ts-expect-error: nor the envelope
    envelope.recipients.push('x@example.test');
    return next();
  },
});
