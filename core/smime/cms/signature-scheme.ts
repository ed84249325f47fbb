import { oids } from './oids.ts';

/** Ways to sign, whatever the digest. */
export type SignatureScheme = 'rsa-pkcs1' | 'rsa-pss' | 'ecdsa' | 'ed25519' | 'ed448';

const schemes = new Map<string, SignatureScheme>([
  [oids.rsa, 'rsa-pkcs1'],
  ['1.2.840.113549.1.1.4', 'rsa-pkcs1'], // with MD5
  ['1.2.840.113549.1.1.5', 'rsa-pkcs1'], // with SHA-1
  ['1.3.14.3.2.29', 'rsa-pkcs1'], // the same, of the OIW
  ['1.2.840.113549.1.1.14', 'rsa-pkcs1'], // with SHA-224, -256, -384, -512
  ['1.2.840.113549.1.1.11', 'rsa-pkcs1'],
  ['1.2.840.113549.1.1.12', 'rsa-pkcs1'],
  ['1.2.840.113549.1.1.13', 'rsa-pkcs1'],
  ['1.2.840.113549.1.1.15', 'rsa-pkcs1'], // with SHA-512/224, SHA-512/256
  ['1.2.840.113549.1.1.16', 'rsa-pkcs1'],
  ['2.16.840.1.101.3.4.3.13', 'rsa-pkcs1'], // with SHA3-224, -256, -384, -512 (RFC 9688 §3.1)
  ['2.16.840.1.101.3.4.3.14', 'rsa-pkcs1'],
  ['2.16.840.1.101.3.4.3.15', 'rsa-pkcs1'],
  ['2.16.840.1.101.3.4.3.16', 'rsa-pkcs1'],
  [oids.pss, 'rsa-pss'],
  ['1.2.840.10045.2.1', 'ecdsa'], // QUIRK: the type of the key in place of the algorithm
  ['1.2.840.10045.4.3', 'ecdsa'], // QUIRK: of Windows, the digest is a parameter
  ['1.2.840.10045.4.1', 'ecdsa'], // with SHA-1, -224, -256, -384, -512
  ['1.2.840.10045.4.3.1', 'ecdsa'],
  ['1.2.840.10045.4.3.2', 'ecdsa'],
  ['1.2.840.10045.4.3.3', 'ecdsa'],
  ['1.2.840.10045.4.3.4', 'ecdsa'],
  ['2.16.840.1.101.3.4.3.9', 'ecdsa'], // with SHA3-224, -256, -384, -512 (RFC 9688 §3.2)
  ['2.16.840.1.101.3.4.3.10', 'ecdsa'],
  ['2.16.840.1.101.3.4.3.11', 'ecdsa'],
  ['2.16.840.1.101.3.4.3.12', 'ecdsa'],
  ['1.3.101.112', 'ed25519'],
  ['1.3.101.113', 'ed448'],
]);

/** By the object identifier of a signature algorithm. @returns null for one that is not supported */
export const schemeOf = (oid: string): SignatureScheme | null => schemes.get(oid) ?? null;
