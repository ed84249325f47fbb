import { z } from 'zod';

const source = z
  .strictObject(
    {
      /** A variable of the environment Sluice runs in. */
      env: z
        .string()
        .regex(/^\w{1,128}$/, 'expected the name of an environment variable')
        .optional(),
      /** A file, from the folder of the configuration; the line end at its end does not count. */
      file: z.string().min(1).max(4096).optional(),
      /** `reference`: only for headers of `http`, where the sink never sees the value. */
      use: z.enum(['read', 'reference']).default('read'),
    },
    {
      error: ({ code }) =>
        code === 'invalid_type' ? 'expected where the secret is: { env: NAME } or { file: path }' : undefined,
    },
  )
  .refine(({ env, file }) => (env === undefined) !== (file === undefined), 'expected one of env and file');

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
