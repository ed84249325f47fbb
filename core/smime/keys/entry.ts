import { readCertificate, type Certificate } from '../chain/certificate.ts';
import { checkPurpose } from '../chain/purpose.ts';
import { addressesOf } from '../certificate.ts';

/** Whose key it is. */
export type KeyOwner =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  | { readonly kind: 'gateway'; readonly name: string };

/** One key of the keystore, without the key. */
export type KeyEntry = {
  /** SHA-256 of the certificate, in hex. */
  readonly id: string;
  readonly owner: KeyOwner;
  /** Of the certificate, for a person. */
  readonly subject: string;
  readonly issuer: string;
  /** Mailboxes the certificate is for. */
  readonly addresses: readonly string[];
  /** Epoch ms. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly importedAt: number;
  /** As node:crypto calls it: `rsa`, `ec`, `ed25519`, `x25519` … */
  readonly keyKind: string;
  readonly canSign: boolean;
  readonly canDecrypt: boolean;
  /** DER. */
  readonly certificate: Uint8Array;
  /** DER of the authorities that came with it, the issuer first. */
  readonly chain: readonly Uint8Array[];
};

const signing: ReadonlySet<string> = new Set(['rsa', 'rsa-pss', 'ec', 'ed25519', 'ed448']);
const decrypting: ReadonlySet<string> = new Set(['rsa', 'ec', 'x25519', 'x448']);

/** Kinds of keys mail can use. */
export const isUsable = (keyKind: string): boolean => signing.has(keyKind) || decrypting.has(keyKind);

/** What is stored beside a sealed key. */
export type Stored = {
  readonly owner: KeyOwner;
  readonly certificates: readonly Uint8Array[];
  readonly importedAt: number;
};

/** @throws Malformed */
export function entryOf({ owner, certificates, importedAt }: Stored): KeyEntry {
  const [octets = new Uint8Array(0), ...chain] = certificates;
  const certificate = readCertificate(octets);
  const { fingerprint, subject, issuer, notBefore, notAfter } = certificate;
  return {
    id: fingerprint,
    owner,
    subject: subject.text,
    issuer: issuer.text,
    addresses: addressesOf(certificate),
    notBefore,
    notAfter,
    importedAt,
    ...usesOf(certificate),
    certificate: octets,
    chain,
  };
}

function usesOf(certificate: Certificate): Pick<KeyEntry, 'keyKind' | 'canSign' | 'canDecrypt'> {
  const keyKind = certificate.key()?.asymmetricKeyType ?? 'unknown';
  return {
    keyKind,
    canSign: signing.has(keyKind) && checkPurpose(certificate, 'sign') === null,
    canDecrypt: decrypting.has(keyKind) && checkPurpose(certificate, 'encrypt') === null,
  };
}
