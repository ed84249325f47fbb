import { z } from 'zod';

/** Where something secret is, which never stands in the configuration itself: exactly one of the two. */
export const sourceFields = {
  /** A variable of the environment Sluice runs in. */
  env: z
    .string()
    .regex(/^\w{1,128}$/, 'expected the name of an environment variable')
    .optional(),
  /** A file, from the folder of the configuration. */
  file: z.string().min(1).max(4096).optional(),
};

type Source = { readonly env?: string | undefined; readonly file?: string | undefined };

export const isOneSource = ({ env, file }: Source): boolean => (env === undefined) !== (file === undefined);

export const oneSource = 'expected one of env and file';
