import { createHmac, timingSafeEqual } from 'node:crypto';
import { fieldsOf, readCount, readOctets, tags, type Fields } from '../../asn1/values.ts';
import type { Element } from '../../asn1/element.ts';
import { Malformed } from '../../asn1/malformed.ts';
import { readAlgorithm, type Algorithm } from '../../cms/algorithm.ts';
import { readDigest } from '../../cms/digest.ts';
import { spend, type Budget } from './budget.ts';
import type { Password } from './passwords.ts';
import { deriveKey, hmacDigest, unsupported } from './pbes2.ts';
import { derivePkcs12 } from './pkcs12-key.ts';

const pbmac1 = '1.2.840.113549.1.5.14';
const lengths: Record<string, number> = { sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 };

/**
 * Whether the MAC of a PKCS#12 file is that of a password.
 *
 * @param macData MacData @param content what the MAC is over
 * @throws Malformed, Refused
 * @source RFC 7292 §4, RFC 9579
 */
export function hasMac(macData: Element, content: Buffer, password: Password, budget: Budget): boolean {
  const fields = fieldsOf(macData);
  const mac = fieldsOf(fields.next(tags.sequence));
  const algorithm = readAlgorithm(mac.next(tags.sequence));
  const expected = readOctets(mac.next(tags.octetString));
  const found =
    algorithm.oid === pbmac1
      ? pbmac1Of(algorithm, content, password, budget)
      : oldMacOf(algorithm, fields, { content, password, budget });
  return found.length === expected.length && timingSafeEqual(found, expected);
}

type Over = { readonly content: Buffer; readonly password: Password; readonly budget: Budget };

function oldMacOf(algorithm: Algorithm, fields: Fields, { content, password, budget }: Over): Buffer {
  const digest = readDigest(algorithm);
  const length = lengths[digest ?? ''];
  if (digest === null || length === undefined) return unsupported(algorithm.oid);
  const salt = readOctets(fields.next(tags.octetString));
  const count = fields.optional(tags.integer);
  const iterations = count ? Math.max(1, readCount(count)) : 1;
  spend(budget, iterations);
  const key = derivePkcs12({ digest, password: password.bmp, salt, iterations }, 'mac', length);
  return createHmac(digest, key).update(content).digest();
}

function pbmac1Of({ parameters }: Algorithm, content: Buffer, password: Password, budget: Budget): Buffer {
  if (!parameters) throw new Malformed('a MAC without parameters');
  const fields = fieldsOf(parameters);
  const derivation = readAlgorithm(fields.next(tags.sequence));
  const scheme = readAlgorithm(fields.next(tags.sequence)).oid;
  const digest = hmacDigest(scheme) ?? unsupported(scheme);
  const key = deriveKey(derivation, password.octets, lengths[digest] ?? 32, budget);
  return createHmac(digest, key).update(content).digest();
}
