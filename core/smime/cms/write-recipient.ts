import { diffieHellman, generateKeyPairSync, publicEncrypt, type KeyObject } from 'node:crypto';
import type { Certificate } from '../asn1/certificate.ts';
import { bitString, encode, integer, joinDer, octetString, oid, sequence, tagged, type Der } from '../asn1/der.ts';
import { readElement } from '../asn1/element.ts';
import { fieldsOf, readBits, tags } from '../asn1/values.ts';
import { decryption, type RsaPadding } from '../private-key.ts';
import { deriveKey, findDerivation, findWrap, wrapKey } from './key-agreement.ts';
import { writeRsaPadding } from './key-transport.ts';
import { publicKeyOf } from './public-key.ts';
import { writeIssuerAndSerial } from './write-signed.ts';

/** Schemes by the curve of the recipient: key derivation of RFC 5753 §7.1.4 and RFC 8418 §2.2. */
const schemes = new Map<string, string>([
  ['prime256v1', '1.3.132.1.11.1'],
  ['secp384r1', '1.3.132.1.11.2'],
  ['secp521r1', '1.3.132.1.11.3'],
  ['x25519', '1.2.840.113549.1.9.16.3.19'],
]);
const wrapOids = new Map<number, string>([
  [16, '2.16.840.1.101.3.4.1.5'],
  [24, '2.16.840.1.101.3.4.1.25'],
  [32, '2.16.840.1.101.3.4.1.45'],
]);

/**
 * Writes the content key for one recipient.
 *
 * @param padding for an RSA key; others agree
 * @returns null for a key that cannot be encrypted to
 * @source RFC 5652 §6.2
 */
export function writeRecipient(certificate: Certificate, padding: RsaPadding, contentKey: Buffer): Der | null {
  const key = publicKeyOf(certificate);
  if (!key) return null;
  if (key.asymmetricKeyType === 'rsa') return writeTransport(certificate, key, padding, contentKey);
  const scheme = schemes.get(key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? '');
  return scheme === undefined ? null : writeAgreement(certificate, key, scheme, contentKey);
}

function writeTransport(certificate: Certificate, key: KeyObject, padding: RsaPadding, contentKey: Buffer): Der {
  return sequence(
    integer(0),
    writeIssuerAndSerial(certificate),
    writeRsaPadding(padding),
    octetString(publicEncrypt({ key, ...decryption(padding) }, contentKey)),
  );
}

/** With a key pair for this message and recipient alone. @source RFC 5753 §3.1, RFC 8418 §3.1 */
function writeAgreement(certificate: Certificate, key: KeyObject, scheme: string, contentKey: Buffer): Der | null {
  const derivation = findDerivation(scheme);
  const wrapOid = wrapOids.get(contentKey.length) ?? '';
  const wrap = findWrap(wrapOid);
  if (!derivation || !wrap) return null;
  const ephemeral = generateLike(key);
  const secret = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: key });
  const wrapAlgorithm = sequence(oid(wrapOid));
  const shared = { secret, derivation, wrap, wrapAlgorithm: joinDer(wrapAlgorithm), material: null };
  const wrapped = wrapKey(wrap, deriveKey(shared), contentKey);
  const publicKey = readPublicKey(ephemeral.publicKey.export({ format: 'der', type: 'spki' }));
  return tagged(
    1,
    integer(3),
    tagged(0, encode(0xa1, sequence(oid(certificate.keyType)), bitString(publicKey))),
    sequence(oid(scheme), wrapAlgorithm),
    sequence(sequence(writeIssuerAndSerial(certificate), octetString(wrapped))),
  );
}

function generateLike(key: KeyObject) {
  if (key.asymmetricKeyType === 'x25519') return generateKeyPairSync('x25519');
  return generateKeyPairSync('ec', { namedCurve: key.asymmetricKeyDetails?.namedCurve ?? '' });
}

function readPublicKey(info: Buffer): Buffer {
  const fields = fieldsOf(readElement(info));
  fields.next(tags.sequence);
  return readBits(fields.next(tags.bitString));
}
