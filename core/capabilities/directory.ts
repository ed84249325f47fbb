import { z } from 'zod';
import type { Capability } from './capability.ts';

/** What is asked of the directory; core/directory is one. */
export type LookedUp = {
  resolve(
    address: string,
  ): Promise<
    | { readonly kind: 'user'; readonly user: string }
    | { readonly kind: 'forward'; readonly to: readonly string[] }
    | { readonly kind: 'folder' | 'elsewhere' | 'unknown' | 'remote' }
  >;
  attributesOf(user: string): Readonly<Record<string, string>>;
};

/** Members of a group that are named. */
const most = 100;

const lookup = z.tuple([z.string().min(1).max(320)]);

/** `directory`: who has a mailbox here, with the attributes the configuration gives. Never a password, never a list. */
export function directoryCapability({ directory }: { readonly directory: LookedUp }): Capability<'directory'> {
  return {
    async lookup(_, args) {
      const [address] = lookup.parse(args);
      const found = await directory.resolve(address);
      if (found.kind === 'user')
        return { kind: 'user', address: found.user, attributes: directory.attributesOf(found.user) };
      if (found.kind === 'folder') return { kind: 'user', address, attributes: {} };
      if (found.kind === 'elsewhere') return { kind: 'remote' };
      if (found.kind !== 'forward') return { kind: found.kind };
      const kind = found.to.length === 1 ? 'alias' : 'group';
      return { kind, address, members: found.to.slice(0, most), count: found.to.length };
    },
  };
}
