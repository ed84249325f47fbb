import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import { isPublicAddress } from '../addresses.ts';
import type { Names } from '../names.ts';

/** What a lookup ends with when a name leads to where the sink may not go. */
export class ForbiddenAddress extends Error {
  override readonly name = 'ForbiddenAddress';
}

export const isForbidden = (address: string): boolean => !isPublicAddress(address);

/**
 * The one lookup of a connection: what it answers is what is connected to, so there is no second lookup that could say
 * something else (DNS rebinding). A name with one private address among its public ones is refused as a whole.
 *
 * @param mayBePrivate the administrator granted this very host so
 */
export function guardedLookup({ addressesOf }: Pick<Names, 'addressesOf'>, mayBePrivate: boolean): LookupFunction {
  const find = async (host: string): Promise<readonly { readonly address: string; readonly family: number }[]> => {
    const addresses = await addressesOf(host);
    if (addresses.length === 0) throw new Error(`no address of ${host}`);
    if (!mayBePrivate && addresses.some(isForbidden)) throw new ForbiddenAddress(host);
    return addresses.map((address) => ({ address, family: isIP(address) }));
  };
  return (host, { all }, done) => {
    const answer = async (): Promise<void> => {
      const found = await find(host).catch((cause: unknown) =>
        cause instanceof Error ? cause : new Error(String(cause)),
      );
      if (found instanceof Error) return done(found, '', 4);
      const [first = { address: '', family: 4 }] = found;
      return all ? done(null, [...found]) : done(null, first.address, first.family);
    };
    void answer();
  };
}
