import { z } from 'zod';
import { sizeOption } from '../units.ts';

/** What Sluice tells its operator. */
export const telemetryOptions = z.strictObject({
  /** The least important lines still written. */
  level: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  /** File the log is appended to. Null: standard error. */
  file: z
    .string()
    .min(1)
    .optional()
    .transform((file) => file ?? null),
  trace: z
    .strictObject({
      /** Traces older than this many days go. */
      days: z.int('expected a whole number').min(1).max(3_650).default(14),
      /** The oldest traces go when their file is larger than this. */
      size: sizeOption({ min: 2 ** 20 }).prefault('256MB'),
    })
    .prefault({}),
  /** Keeps what sinks are asked and answer, for `sluice sink replay`. Off unless this stands here; takes a restart. */
  record: z
    .strictObject({
      /** Octets of messages too, up to 1 MB each; without it envelope, header fields and MIME tree. */
      bodies: z.boolean().default(false),
      /** What is older than this many days goes. */
      days: z.int('expected a whole number').min(1).max(30).default(1),
      /** The oldest goes when the file is larger than this. */
      size: sizeOption({ min: 2 ** 20 }).prefault('64MB'),
    })
    .optional()
    .transform((record) => record ?? null),
});
