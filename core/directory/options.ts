import { z } from 'zod';

const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';

const domainName = z
  .string({ error: 'expected a domain such as example.org' })
  .max(253)
  .transform((name) => name.toLowerCase())
  .pipe(z.string().regex(new RegExp(`^${label}(\\.${label})*$`), 'expected a domain such as example.org'));

/** A dot-atom (RFC 5322 §3.2.3), lower-cased: local parts are compared without regard to case here. */
const localPart = z
  .string({ error: 'expected the part of an address before the @' })
  .max(64)
  .transform((name) => name.toLowerCase())
  .pipe(
    z.string().regex(/^[a-z0-9!#$%&'*/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*/=?^_`{|}~-]+)*$/, {
      error: 'expected the part of an address before the @',
    }),
  );

/** A domain whose mail stays here. */
export const domainOptions = z.strictObject({
  /** Compared without regard to case; kept in lower case. */
  name: domainName,
  /** Local parts with a mailbox. A new one gets a random password, shown once. */
  users: z.array(localPart).default([]),
});
