import { z } from 'zod';
import { engineOption } from '../engine.ts';
import { sizeOption } from '../units.ts';
import { limitOptions } from '../limits.ts';

/** Where sink code runs. */
export const sandboxOptions = z.strictObject({
  /** Sandbox host processes that take calls, a spare not counted. Null: as many as suit the machine. */
  hosts: z
    .int('expected a whole number')
    .min(1)
    .max(64)
    .optional()
    .transform((hosts) => hosts ?? null),
  /** What describes sinks, and runs them where their binding does not say. */
  engine: engineOption.default('isolate'),
  /** Memory of one isolate, that is of one binding, where its sink does not ask for another size. */
  memory: sizeOption({ min: 8 * 2 ** 20, max: 2 ** 30 }).prefault('64MB'),
  /** What a sink may ask for in its manifest; a binding may say otherwise for itself. */
  limits: limitOptions.prefault({}),
});
