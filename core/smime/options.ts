import { z } from 'zod';
import type { DeepReadonly } from '../deep-readonly.ts';
import { durationOption } from '../units.ts';

const path = z.string().min(1, 'expected a path');

const keysOptions = z
  .strictObject({
    /** Where keys and certificates of others are kept; `keys` in the data folder when left out. */
    folder: path.nullable().default(null),
    /** Environment variable that holds the passphrase the keys are sealed with. */
    passphraseEnv: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'expected the name of an environment variable')
      .nullable()
      .default(null),
    /** File that holds it. */
    passphraseFile: path.nullable().default(null),
  })
  .refine(({ passphraseEnv, passphraseFile }) => passphraseEnv === null || passphraseFile === null, {
    message: 'expected one of passphraseEnv and passphraseFile: there is one passphrase',
  });

const url = z
  .string({ error: 'expected a URL' })
  .max(2_048)
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    message: 'expected a URL such as http://crl.example.test/ca.crl',
  });

const crlsOptions = z
  .strictObject({
    /** Folder of lists, PEM or DER. */
    folder: path.nullable().default(null),
    /** Where lists are fetched from, off the path of mail; nowhere else. */
    urls: z.array(url).max(200).default([]),
    /** How often. */
    refresh: durationOption({ min: 60_000 }).default(3_600_000),
    /** `false`: a certificate no valid list speaks about is not trusted. */
    softFail: z.boolean('expected true or false').default(true),
  })
  .refine(({ folder, urls }) => folder !== null || urls.length > 0, {
    message: 'expected a folder, or urls to fetch lists from',
  });

const gatewayOptions = z.strictObject({
  /** What bindings and keys call it. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'expected a name of lower-case letters, digits and -'),
  /** What goes into Sender when it signs. */
  address: z.string().regex(/^[^\s<>@]{1,64}@[^\s<>@]{1,255}$/, 'expected an address'),
});

/** `smime`: keys, whom to trust, and what is kept of verified mail. */
export const smimeOptions = z.strictObject({
  keys: keysOptions.prefault({}),
  trust: z
    .strictObject({
      /** Files and folders, PEM or DER: every certificate there is trusted to certify senders. */
      certificates: z.array(path).default([]),
      /** Also those the operating system trusts. */
      system: z.boolean('expected true or false').default(false),
      /** Null: revocation is not looked at. */
      crls: crlsOptions.nullable().default(null),
    })
    .prefault({}),
  /** Whether certificates of mail that verified are kept, to encrypt to their holders. */
  harvest: z.enum(['none', 'verified']).default('none'),
  /** Those that sign in their own name. */
  gateways: z.array(gatewayOptions).default([]),
});

/** The section as the configuration states it: paths absolute, durations in milliseconds. */
export type SmimeOptions = DeepReadonly<z.output<typeof smimeOptions>>;
