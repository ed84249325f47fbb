import { createHash, sign } from 'node:crypto';
import { readCertificate } from '../../../core/smime/asn1/certificate.ts';
import {
  encode,
  integer,
  joinDer,
  nullValue,
  octetString,
  oid,
  raw,
  sequence,
  setOf,
  tagged,
  type Der,
} from '../../../core/smime/asn1/der.ts';
import { writeIssuerAndSerial } from '../../../core/smime/cms/write-signed.ts';
import { content, person } from './people.ts';

const ann = person('rsa');
const rsa = '1.2.840.113549.1.1.1';
const data = '1.2.840.113549.1.7.1';
const sha256 = '2.16.840.1.101.3.4.2.1';

export const attribute = (type: string, ...values: readonly Der[]): Der => sequence(oid(type), encode(0x31, ...values));
export const contentType = (type = data): Der => attribute('1.2.840.113549.1.9.3', oid(type));
export const digestOf = (octets: Uint8Array): Buffer => createHash('sha256').update(octets).digest();
export const messageDigest = (octets: Uint8Array = content): Der =>
  attribute('1.2.840.113549.1.9.4', octetString(digestOf(octets)));

/** A signature somebody wrote by hand: every rule can be broken, and the cryptography is right. */
export type Forgery = {
  /** In this order; null for none at all. */
  readonly attributes: readonly Der[] | null;
  /** What is signed, when it is not the attributes in the order of DER. */
  readonly signed?: Buffer;
  /** Inside the signature; null for none. */
  readonly inside: Uint8Array | null;
  readonly contentType: string;
  readonly digest: string;
  readonly certificates: readonly Buffer[];
};

const plain: Forgery = {
  attributes: [contentType(), messageDigest()],
  inside: null,
  contentType: data,
  digest: sha256,
  certificates: [ann.certificate],
};

/** @returns a ContentInfo, signed by `rsa` of the test CA */
export function forge(what: Partial<Forgery> = {}): Buffer {
  const { attributes, inside, contentType: type, digest, signed, certificates } = { ...plain, ...what };
  const octets = signed ?? (attributes ? joinDer(setOf(attributes)) : content);
  const certificate = readCertificate(ann.certificate);
  const signer = sequence(
    integer(1),
    writeIssuerAndSerial(certificate),
    sequence(oid(digest)),
    ...(attributes ? [tagged(0, ...attributes)] : []),
    sequence(oid(rsa), nullValue),
    octetString(sign('sha256', octets, ann.key)),
  );
  return contentInfo(
    sequence(
      integer(1),
      setOf([sequence(oid(digest))]),
      sequence(oid(type), ...(inside ? [tagged(0, octetString(inside))] : [])),
      tagged(0, ...certificates.map(raw)),
      setOf([signer]),
    ),
  );
}

export const contentInfo = (value: Der, type = '1.2.840.113549.1.7.2'): Buffer =>
  joinDer(sequence(oid(type), tagged(0, value)));

/** The same structure with an indefinite length wherever BER allows one; a certificate stays as it is. */
export function indefinite(octets: Buffer): Buffer {
  if (octets.subarray(0, ann.certificate.length).equals(ann.certificate)) return ann.certificate;
  const tag = octets[0] ?? 0;
  const long = (octets[1] ?? 0) & 0x80 ? (octets[1] ?? 0) & 0x7f : 0;
  const length = long > 0 ? octets.readUIntBE(2, long) : (octets[1] ?? 0);
  const inner = octets.subarray(2 + long, 2 + long + length);
  if ((tag & 0x20) === 0) return Buffer.from(octets.subarray(0, 2 + long + length));
  const children: Buffer[] = [];
  for (let at = 0; at < inner.length;) {
    const child = indefinite(inner.subarray(at));
    children.push(child);
    at += sizeOf(inner, at);
  }
  return Buffer.concat([Buffer.from([tag, 0x80]), ...children, Buffer.alloc(2)]);
}

function sizeOf(octets: Buffer, at: number): number {
  const first = octets[at + 1] ?? 0;
  return first < 0x80 ? 2 + first : 2 + (first & 0x7f) + octets.readUIntBE(at + 2, first & 0x7f);
}
