import { createDecipheriv } from 'node:crypto';
import { Malformed } from '../../asn1/malformed.ts';
import { fieldsOf, readCount, readOctets, tags } from '../../asn1/values.ts';
import type { Algorithm } from '../../cms/algorithm.ts';
import { spend, type Budget } from './budget.ts';
import type { Password } from './passwords.ts';
import { decryptPbes2, unsupported } from './pbes2.ts';
import { derivePkcs12, type Derivation } from './pkcs12-key.ts';
import { decryptRc2 } from './rc2.ts';

const pbes2 = '1.2.840.113549.1.5.13';
type Old = { readonly cipher: '3des' | 'rc2'; readonly keyLength: number };
/** @source RFC 7292 Appendix C */
const olds = new Map<string, Old>([
  ['1.2.840.113549.1.12.1.3', { cipher: '3des', keyLength: 24 }],
  ['1.2.840.113549.1.12.1.4', { cipher: '3des', keyLength: 16 }],
  ['1.2.840.113549.1.12.1.5', { cipher: 'rc2', keyLength: 16 }],
  ['1.2.840.113549.1.12.1.6', { cipher: 'rc2', keyLength: 5 }],
]);

/**
 * Decrypts what was encrypted with a password.
 *
 * @returns null when the padding is wrong: most likely another password
 * @throws Malformed, Refused
 */
export function decryptWith(algorithm: Algorithm, octets: Buffer, password: Password, budget: Budget): Buffer | null {
  const { oid, parameters } = algorithm;
  if (!parameters) throw new Malformed('an encryption without parameters');
  if (oid === pbes2) return decryptPbes2(parameters, octets, password.octets, budget);
  const old = olds.get(oid) ?? unsupported(oid);
  const fields = fieldsOf(parameters);
  const salt = readOctets(fields.next(tags.octetString));
  const iterations = Math.max(1, readCount(fields.next(tags.integer)));
  spend(budget, iterations * 3);
  return decryptOld(old, { digest: 'sha1', password: password.bmp, salt, iterations }, octets);
}

function decryptOld({ cipher, keyLength }: Old, derivation: Derivation, octets: Buffer): Buffer | null {
  const key = derivePkcs12(derivation, 'key', keyLength);
  const iv = derivePkcs12(derivation, 'iv', 8);
  if (cipher === 'rc2') return decryptRc2(key, iv, keyLength * 8, octets);
  const whole = keyLength === 24 ? key : Buffer.concat([key, key.subarray(0, 8)]);
  const decipher = createDecipheriv('des-ede3-cbc', whole, iv);
  try {
    return Buffer.concat([decipher.update(octets), decipher.final()]);
  } catch {
    return null;
  }
}
