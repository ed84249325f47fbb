import { z } from 'zod';
import type { DecryptAnswer, SignAnswer, Signature } from '../../sdk/capabilities/smime.ts';
import type { Capability } from './capability.ts';
import type { Limits } from './limits.ts';

/** What answers; the keys stay behind it. */
export type SmimeRoom = {
  verify(octets: Uint8Array): Promise<readonly Signature[]>;
  decrypt(octets: Uint8Array): Promise<DecryptAnswer>;
  /** @param as an address, or `gateway:name` */
  sign(entity: string, as: string): Promise<SignAnswer>;
};

/** Where there is no keystore and nobody is trusted: a workshop, a test. */
export const noKeys: SmimeRoom = {
  verify: async () => [],
  decrypt: async () => ({ kind: 'failed' }),
  sign: async () => ({ kind: 'refused', reason: 'there are no keys' }),
};

const none = z.tuple([]);
/** Characters of an entity: what a host call can carry. */
const mostSigned = 512 * 1024;
const sign = z.tuple([z.string().max(mostSigned), z.string().min(1).max(320)]);

/** `smime`: signatures are judged and made here, and of a key nothing but its results goes out. */
export function smimeCapability({
  smime,
  limits,
}: {
  readonly smime: SmimeRoom;
  readonly limits: Pick<Limits, 'hit'>;
}): Capability<'smime'> {
  return {
    async verify({ message }, args) {
      none.parse(args);
      return message ? await smime.verify(message.octets) : [];
    },
    async decrypt({ message, grant }, args) {
      none.parse(args);
      if (!grant.decrypt)
        throw new RangeError('not granted: add `smime: { decrypt: true }` to the grants of the binding');
      return message ? await smime.decrypt(message.octets) : { kind: 'failed' };
    },
    async sign(call, args) {
      const [entity, as] = sign.parse(args);
      const isGranted = call.grant.sign.some((one) => one.toLowerCase() === as.toLowerCase());
      if (isGranted) return await smime.sign(entity, as);
      const granted = call.grant.sign.join(', ') || 'nobody';
      limits.hit(call, 'signing as another', granted);
      return { kind: 'refused', reason: `the binding may not sign as ${as}, but as ${granted}` };
    },
  };
}
