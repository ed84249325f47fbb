import { z } from 'zod';
import { granted } from './granted.ts';

/** What a sink may do with keys; verifying is always part of it. */
export const smimeGrant = granted({
  /** Read what was encrypted to any key of the keystore. */
  decrypt: z.boolean('expected true or false').default(false),
  /** Whose keys it may sign with: addresses, and gateways as `gateway:mx`. */
  sign: z
    .array(
      z
        .string()
        .regex(
          /^(?:gateway:[a-z0-9][a-z0-9-]{0,63}|[^\s@]{1,64}@[^\s@]{1,255})$/,
          'expected an address, or gateway:name',
        ),
    )
    .max(64)
    .default([]),
});
