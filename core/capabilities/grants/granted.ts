import { z } from 'zod';

/** A grant: `true`, or a mapping of options, all of which have defaults where `true` is enough. */
export function granted<Shape extends z.ZodRawShape>(shape: Shape) {
  const options = z.strictObject(shape, {
    error: ({ code }) => (code === 'invalid_type' ? 'expected true or a mapping' : undefined),
  });
  return z.preprocess((value) => (value === true ? {} : value), options);
}
