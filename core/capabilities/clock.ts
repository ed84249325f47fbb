import { z } from 'zod';
import type { Capability } from './capability.ts';

const none = z.tuple([]);

/** `clock`: epoch milliseconds. */
export function clockCapability({ now }: { readonly now: () => number }): Capability<'clock'> {
  return {
    now(_, args) {
      none.parse(args);
      return now();
    },
  };
}
