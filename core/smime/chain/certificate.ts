import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { childrenOf, readElement, type Element } from '../asn1/element.ts';
import { Malformed } from '../asn1/malformed.ts';
import { fieldsOf, readBits, readCount, tags, type Fields } from '../asn1/values.ts';
import { readAlgorithm } from '../cms/algorithm.ts';
import { explicit, readExtensions, type Extensions } from './extensions.ts';
import { readInstant, readSerial } from './fields.ts';
import { readName, type Name } from './names.ts';
import type { Signed } from './signature.ts';

/** A certificate, read. Nothing here says that it can be trusted. */
export type Certificate = Signed & {
  /** All of it, DER. */
  readonly octets: Buffer;
  /** SHA-256 of it, in hex. */
  readonly fingerprint: string;
  /** 1, 2 or 3. */
  readonly version: number;
  /** In hex. */
  readonly serial: string;
  readonly issuer: Name;
  readonly subject: Name;
  /** Epoch ms; both ends belong to the period. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** DER of SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
  /** Issuer and subject are the same name. */
  readonly isSelfIssued: boolean;
  readonly extensions: Extensions;
  /** The public key as node:crypto has it; null when it cannot use it. */
  key(): KeyObject | null;
};

/** Octets of one certificate; real ones have a few thousand. */
const longest = 100_000;

/**
 * Reads a certificate completely, every extension it uses included.
 *
 * @throws Malformed; the doors of core/smime make a value of it
 * @source RFC 5280 §4.1
 */
export function readCertificate(octets: Uint8Array): Certificate {
  if (octets.length > longest) throw new Malformed('a certificate of too many octets');
  const element = readElement(Buffer.from(octets));
  if (element.octets.length !== octets.length) throw new Malformed('octets after the certificate');
  const { signed, tbs, named } = readSigned(element);
  return {
    ...signed,
    ...readTbs(fieldsOf(tbs), named),
    octets: element.octets,
    fingerprint: sha256(octets),
  };
}

/** The outer structure of certificates and revocation lists. @returns `named`: the signature algorithm @throws Malformed */
export function readSigned(element: Element): {
  readonly signed: Signed;
  readonly tbs: Element;
  readonly named: Element;
} {
  const fields = fieldsOf(element);
  const tbs = fields.next(tags.sequence);
  const named = fields.next(tags.sequence);
  const signature = readBits(fields.next(tags.bitString));
  return { tbs, named, signed: { tbs: tbs.octets, algorithm: readAlgorithm(named), signature } };
}

function readTbs(fields: Fields, outer: Element): Omit<Certificate, keyof Signed | 'octets' | 'fingerprint'> {
  const version = explicit(fields.optional(0xa0));
  const serial = readSerial(fields.next(tags.integer));
  if (!fields.next(tags.sequence).octets.equals(outer.octets))
    throw new Malformed('two different signature algorithms');
  const issuer = readName(fields.next(tags.sequence));
  const [notBefore, notAfter] = childrenOf(fields.next(tags.sequence));
  const subject = readName(fields.next(tags.sequence));
  const publicKey = fields.next(tags.sequence).octets;
  fields.optional(0x81, 0xa1); // the unique identifiers nobody uses
  fields.optional(0x82, 0xa2);
  return {
    version: version ? readCount(version) + 1 : 1,
    serial,
    issuer,
    subject,
    notBefore: readInstant(notBefore),
    notAfter: readInstant(notAfter),
    publicKey,
    isSelfIssued: issuer.key === subject.key,
    extensions: readExtensions(explicit(fields.optional(0xa3))),
    key: once(() => createPublicKey({ key: publicKey, format: 'der', type: 'spki' })),
  };
}

function once(create: () => KeyObject): () => KeyObject | null {
  let key: KeyObject | null | undefined;
  return () => {
    if (key === undefined) {
      try {
        key = create();
      } catch {
        key = null; // a kind of key, or a curve, node:crypto does not have
      }
    }
    return key;
  };
}

const sha256 = (octets: Uint8Array): string => createHash('sha256').update(octets).digest('hex');
