import { domainToASCII } from 'node:url';
import { z } from 'zod';
import { foldCase } from './address.ts';

const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';

const isAscii = (text: string): boolean => !/[^\0-\x7f]/.test(text);

/** In A-labels, whichever way it is written (RFC 5890 §2.3.2.1). */
export const domainName = z
  .string({ error: 'expected a domain such as example.org' })
  .max(253)
  .transform((name) => (isAscii(name) ? name : domainToASCII(name)).toLowerCase())
  .pipe(z.string().regex(new RegExp(`^${label}(\\.${label})*$`), 'expected a domain such as example.org'));

/** A dot-atom (RFC 5322 §3.2.3, RFC 6532 §3.2), lower-cased: local parts are compared without regard to case here. */
const localPart = z
  .string({ error: 'expected the part of an address before the @' })
  .max(64)
  .transform((name) => foldCase(name).normalize('NFC'))
  .pipe(
    z.string().regex(/^[a-z0-9!#$%&'*/=?^_`{|}~\p{L}\p{M}\p{N}-]+(\.[a-z0-9!#$%&'*/=?^_`{|}~\p{L}\p{M}\p{N}-]+)*$/u, {
      error: 'expected the part of an address before the @',
    }),
  );

/** An address, or a local part of the same domain. */
const member = z
  .string({ error: 'expected an address' })
  .max(320)
  .regex(/^[^\s@<>,]+(@[^\s@<>,]+)?$/, 'expected an address, or the part of one before the @');

/** What sinks with the grant `directory` may read of a user: `displayName`, `title`, `department` … */
const attributes = z
  .record(
    z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, 'expected a name of letters, digits and -'),
    z.string({ error: 'expected a text' }).max(1_000),
  )
  .refine((all) => Object.keys(all).length <= 64, 'expected at most 64 attributes');

const userOption = z.union([localPart, z.strictObject({ name: localPart, attributes: attributes.default({}) })], {
  error: 'expected the part of an address before the @, or a mapping with name and attributes',
});

/** A domain whose mail stays here. */
export const domainOptions = z.strictObject({
  /** Compared without regard to case; kept in lower case. */
  name: domainName,
  /** Who has a mailbox, by local part; with attributes as a mapping. A new one gets a random password, shown once. */
  users: z.array(userOption).default([]),
  /** Names that stand for others: one address or several, here (`bob`) or elsewhere (`bob@example.net`). */
  aliases: z
    .record(localPart, z.union([member.transform((one) => [one]), z.array(member).min(1).max(1_000)]))
    .default({}),
  /** Who gets the mail of names nobody has; nobody when left out. */
  catchAll: member.nullable().default(null),
  /** What follows it in a name is not looked at: `bob+shop` is `bob`. Empty: every name is taken as a whole. */
  separator: z.string().max(1).default('+'),
  /** Another domain whose names are those of this one. */
  aliasOf: domainName.nullable().default(null),
  /** A folder its mail is put into, a file for each message, instead of mailboxes. */
  drop: z.string().min(1).nullable().default(null),
  /** Names nobody has: refused, or taken and handed to the host the route of this domain names. */
  unknown: z.enum(['refuse', 'relay'], { error: 'expected refuse or relay' }).default('refuse'),
  /** The one for addresses without a domain; the first when none says so. */
  default: z.boolean().default(false),
});

/** The local part of a user, however the configuration names one. */
export function localPartOf(user: string | { readonly name: string }): string {
  return typeof user === 'string' ? user : user.name;
}
