import { z } from 'zod';
import { isOneSource, oneSource, sourceFields } from './source.ts';

const source = z
  .strictObject(
    {
      /** Of a file, the line end at its end does not count. */
      ...sourceFields,
      /** `reference`: only for headers of `http`, where the sink never sees the value. */
      use: z.enum(['read', 'reference']).default('read'),
    },
    {
      error: ({ code }) =>
        code === 'invalid_type' ? 'expected where the secret is: { env: NAME } or { file: path }' : undefined,
    },
  )
  .refine(isOneSource, oneSource);

/** Secrets by the names the sink knows them by. */
export const secretsGrant = z
  .record(
    z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'expected a name of lower-case letters, digits and -'),
    source,
    {
      error: ({ code }) =>
        code === 'invalid_type' ? 'expected secrets by name: { api-token: { env: NAME } }' : undefined,
    },
  )
  .refine((all) => Object.keys(all).length <= 32, 'expected at most 32 secrets');
