import { diffieHellman, generateKeyPairSync, publicEncrypt, randomBytes, verify, type KeyObject } from 'node:crypto';
import { keyInput, signatureAlgorithmFor } from '../cms/signature-algorithm.ts';
import { readCertificate } from '../chain/certificate.ts';
import { decryption, type UsePrivateKey } from '../private-key.ts';
import type { KeyEntry } from './entry.ts';

/** What a key was found to do; `problem` when it does not fit its certificate. */
export type SelfTest = { readonly signs: boolean; readonly decrypts: boolean; readonly problem: string | null };

type Ephemeral = { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
const otherKey = 'the key is not that of the certificate';

/** Signs random octets and decrypts a random key, and checks both with the certificate. */
export async function testKey(entry: KeyEntry, use: UsePrivateKey): Promise<SelfTest> {
  const key = readCertificate(entry.certificate).key();
  if (!key) return { signs: false, decrypts: false, problem: 'the certificate has no key that can be used' };
  try {
    return { signs: await canSign(key, use), decrypts: await canDecrypt(key, use), problem: null };
  } catch (error) {
    return { signs: false, decrypts: false, problem: error instanceof Error ? error.message : 'it failed' };
  }
}

async function canSign(key: KeyObject, use: UsePrivateKey): Promise<boolean> {
  const algorithm = signatureAlgorithmFor(key);
  if (!algorithm) return false;
  const octets = randomBytes(64);
  const signature = await use({ kind: 'sign', algorithm, octets });
  if (!verify(algorithm.digest, octets, keyInput(algorithm, key), signature)) throw new Error(otherKey);
  return true;
}

async function canDecrypt(key: KeyObject, use: UsePrivateKey): Promise<boolean> {
  if (key.asymmetricKeyType === 'rsa') {
    const secret = randomBytes(32);
    const padding = { kind: 'oaep', digest: 'sha256', label: new Uint8Array(0) } as const;
    const octets = publicEncrypt({ key, ...decryption(padding) }, secret);
    return check(secret, await use({ kind: 'decrypt', padding, octets }));
  }
  const ephemeral = ephemeralFor(key);
  if (!ephemeral) return false;
  const secret = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: key });
  const octets = ephemeral.publicKey.export({ type: 'spki', format: 'der' });
  return check(secret, await use({ kind: 'agree', octets }));
}

function ephemeralFor({ asymmetricKeyType: type, asymmetricKeyDetails }: KeyObject): Ephemeral | null {
  if (type === 'x25519') return generateKeyPairSync('x25519');
  if (type === 'x448') return generateKeyPairSync('x448');
  const namedCurve = asymmetricKeyDetails?.namedCurve;
  return type === 'ec' && namedCurve !== undefined ? generateKeyPairSync('ec', { namedCurve }) : null;
}

function check(expected: Buffer, found: Uint8Array): true {
  if (!expected.equals(found)) throw new Error(otherKey);
  return true;
}
