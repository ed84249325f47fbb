import { z } from 'zod';
import type { Capability } from './capability.ts';

const none = z.tuple([]);
/** Characters of a text a sink gets from either end of one that is longer; what `MessageReader` promises. */
const end = 512 * 1024;

/** `message`: the decoded views. The octets are answered by the sandbox, where they are shared without a copy. */
export function messageCapability(): Capability<'message'> {
  return {
    async text({ message }, args) {
      none.parse(args);
      return shortened((await message?.text()) ?? null);
    },
    async html({ message }, args) {
      none.parse(args);
      return shortened((await message?.html()) ?? null);
    },
  };
}

function shortened(text: string | null): string | null {
  if (text === null || text.length <= 2 * end) return text;
  return `${text.slice(0, end)}\n…\n${text.slice(-end)}`;
}
