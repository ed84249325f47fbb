import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { Malformed } from '../asn1/malformed.ts';
import { isSameAddress } from '../chain/address.ts';
import { readCertificate, type Certificate } from '../chain/certificate.ts';
import { shortnessOf } from '../chain/signature.ts';
import { addressesOf } from '../certificate.ts';
import { isUsable, type KeyOwner } from './entry.ts';
import { Refused } from './refusal.ts';

/** A private key with its certificate and the authorities that came along. */
export type Pair = {
  readonly key: KeyObject;
  readonly certificate: Certificate;
  readonly chain: readonly Certificate[];
};

/** @throws Refused */
export function pairUp(keys: readonly Uint8Array[], certificates: readonly Uint8Array[]): readonly Pair[] {
  if (keys.length === 0) throw new Refused('key-missing');
  const read = certificates.flatMap(readIfPossible);
  return keys.map((octets) => {
    const key = readKey(octets);
    const certificate = read.find((one) => isFor(one, key));
    if (!certificate)
      throw new Refused(read.length < certificates.length ? 'certificate-unusable' : 'certificate-missing');
    return { key, certificate, chain: chainOf(certificate, read) };
  });
}

function readIfPossible(octets: Uint8Array): readonly Certificate[] {
  try {
    return [readCertificate(octets)];
  } catch (error) {
    if (error instanceof Malformed) return [];
    throw error;
  }
}

/** What node:crypto says about a key it refuses stays here. */
function readKey(octets: Uint8Array): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey({
      key: Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength),
      format: 'der',
      type: 'pkcs8',
    });
  } catch {
    throw new Refused('key-unusable');
  }
  if (!isUsable(key.asymmetricKeyType ?? '') || shortnessOf(key)?.isBroken)
    throw new Refused('key-unusable', key.asymmetricKeyType);
  return key;
}

function isFor(certificate: Certificate, key: KeyObject): boolean {
  try {
    return new X509Certificate(certificate.octets).checkPrivateKey(key);
  } catch {
    return false;
  }
}

function chainOf(end: Certificate, certificates: readonly Certificate[]): readonly Certificate[] {
  const chain: Certificate[] = [];
  for (let last = end; chain.length < 10;) {
    const issuer = certificates.find(
      (one) => one.subject.key === last.issuer.key && one !== end && !chain.includes(one),
    );
    if (!issuer || last.isSelfIssued) break;
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}

/**
 * Whose key it becomes: the gateway's, or that of the addresses in the certificate.
 *
 * @param wanted null: whoever the certificate names
 * @throws Refused
 */
export function ownerOf(certificate: Certificate, wanted: KeyOwner | null): KeyOwner {
  const addresses = addressesOf(certificate);
  if (wanted?.kind === 'gateway') return wanted;
  if (addresses.length === 0) throw new Refused('address-missing');
  const strange = wanted?.addresses.find((address) => !addresses.some((one) => isSameAddress(one, address)));
  if (strange !== undefined) throw new Refused('address-other', `it is for ${addresses.join(', ')}`);
  return wanted ?? { kind: 'addresses', addresses };
}
