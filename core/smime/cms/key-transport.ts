import { encode, oid, sequence, tagged, type Der } from '../asn1/der.ts';
import { fieldsOf, onlyChild, readOctets, readOid, tags } from '../asn1/values.ts';
import type { RsaPadding } from '../private-key.ts';
import { algorithmWithNull, readAlgorithm, type Algorithm } from './algorithm.ts';
import { readDigest, readMaskDigest, writeDigestAndMask } from './digest.ts';
import { oids } from './oids.ts';

const oaep = '1.2.840.113549.1.1.7';
const specifiedLabel = '1.2.840.113549.1.1.9';

/**
 * @returns null for what is not supported
 * @throws Malformed
 * @source RFC 3370 §4.2.1, RFC 4055 §4.1
 */
export function readRsaPadding({ oid: dotted, parameters }: Algorithm): RsaPadding | null {
  if (dotted === oids.rsa) return { kind: 'pkcs1' };
  if (dotted !== oaep) return null;
  const fields = parameters && fieldsOf(parameters);
  const [hash, mask, source] = [0xa0, 0xa1, 0xa2].map((tag) => fields?.optional(tag) ?? null);
  const digest = hash ? readDigest(readAlgorithm(onlyChild(hash))) : 'sha1';
  const masked = mask ? readMaskDigest(readAlgorithm(onlyChild(mask))) : 'sha1';
  if (digest === null || digest === 'shake256' || masked === null || masked === 'shake256') return null;
  const label = source ? readLabel(onlyChild(source)) : Buffer.alloc(0);
  return { kind: 'oaep', digest, label, ...(masked === digest ? {} : { mask: masked }) };
}

function readLabel(source: Parameters<typeof fieldsOf>[0]): Buffer {
  const fields = fieldsOf(source);
  const isSpecified = readOid(fields.next(tags.oid)) === specifiedLabel;
  const label = fields.optional(tags.octetString, tags.octetString | 0x20);
  return isSpecified && label ? readOctets(label) : Buffer.alloc(0);
}

/** The AlgorithmIdentifier of a padding. */
export function writeRsaPadding(padding: RsaPadding): Der {
  if (padding.kind === 'pkcs1') return algorithmWithNull(oids.rsa);
  if (padding.digest === 'sha1' && padding.mask === undefined) return sequence(oid(oaep), encode(tags.sequence));
  const { hash, mask } = writeDigestAndMask(padding.digest, padding.mask);
  return sequence(oid(oaep), sequence(tagged(0, hash), tagged(1, mask)));
}
