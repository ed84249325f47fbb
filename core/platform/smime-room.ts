import type { SmimeRoom } from '../capabilities/smime.ts';
import { openMessage } from '../message/message.ts';
import type { Custody } from '../smime/custody.ts';
import type { KeyEntry, Keystore } from '../smime/keystore.ts';
import { defaultPolicy, openProtected } from '../smime/policy.ts';
import { readEncrypted } from '../smime/read-encrypted.ts';
import { signDetached } from '../smime/sign.ts';

/** Would touch every protection there is: what is found by it is all there is. */
const probe = [{ kind: 'insert-text', position: 'after', plain: 'x', html: 'x' }] as const;
const gateway = 'gateway:';

/** Answers sinks about signatures, and with keys they never see. */
export function createSmimeRoom(custody: Pick<Custody, 'trust' | 'keystore'>, now: () => number): SmimeRoom {
  const parts = () => ({ trust: custody.trust(), keystore: custody.keystore(), now, hostname: '' });
  return {
    async verify(octets) {
      const found = await openProtected(openMessage(octets), probe, defaultPolicy, parts());
      if (found.kind === 'plain') return [];
      return found.record.signers.map(({ verdict, reason, subject, issuer, addresses, fingerprint, signedAt }) => {
        return { verdict, reason, subject, issuer, addresses, fingerprint, signedAt };
      });
    },
    async decrypt(octets) {
      const keystore = custody.keystore();
      return keystore ? await readEncrypted(octets, keystore, parts()) : { kind: 'failed' };
    },
    async sign(entity, as) {
      const keystore = custody.keystore();
      if (!keystore) return { kind: 'refused', reason: 'there are no keys' };
      const at = now();
      const key = keysOf(keystore, as).find((one) => one.canSign && one.notBefore <= at && at <= one.notAfter);
      if (!key) return { kind: 'refused', reason: `there is no key of ${as} that may sign` };
      const content = Buffer.from(entity.replaceAll(/\r?\n/g, '\r\n'));
      const signers = [{ certificate: key.certificate, use: keystore.use(key.id) }];
      const signed = await signDetached(content, { signers, chain: key.chain, signingTime: at });
      if (signed.kind === 'problem') return { kind: 'refused', reason: signed.reason };
      return { kind: 'signed', signature: signed.octets.toString('base64'), micalg: signed.micalg };
    },
  };
}

const keysOf = (keystore: Keystore, as: string): readonly KeyEntry[] =>
  as.startsWith(gateway) ? keystore.keysOfGateway(as.slice(gateway.length)) : keystore.keysOf(as);
