import { z } from 'zod';
import { granted } from './granted.ts';
import { isOneSource, oneSource, sourceFields } from './source.ts';

const label = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const name = (such: string) =>
  z
    .string({ error: such })
    .toLowerCase()
    .max(253, such)
    .regex(new RegExp(`^${label}(?:\\.${label})*$`), such);

const where = 'expected where the key is: { file: ./dkim.pem } or { env: NAME }';

/** A private key, in PEM: RSA or Ed25519. */
const key = z
  .strictObject(sourceFields, { error: ({ code }) => (code === 'invalid_type' ? where : undefined) })
  .refine(isOneSource, oneSource);

/** Verifying is always part of it; signing needs keys. */
export const mailauthGrant = granted({
  /** Keys for DKIM and ARC; several of one domain sign side by side (RSA and Ed25519). */
  sign: z
    .array(
      z.strictObject(
        {
          domain: name('expected a domain such as example.com'),
          /** The public key is the TXT record of `<selector>._domainkey.<domain>`. */
          selector: name('expected a selector such as s2026'),
          key,
        },
        { error: ({ code }) => (code === 'invalid_type' ? 'expected { domain, selector, key }' : undefined) },
      ),
      { error: 'expected a list of keys' },
    )
    .max(64, 'expected at most 64 keys')
    .default([]),
});
