import { randomBytes } from 'node:crypto';
import { encode, integer, octetString, oid, sequence, setOf, type Der } from './asn1/der.ts';
import { describeCipher, type CipherName } from './cms/content-cipher.ts';
import { identifies, readCertificates } from './cms/identify.ts';
import { oids } from './cms/oids.ts';
import type { CertificateId } from './cms/signed-data.ts';
import { writeRecipient } from './cms/write-recipient.ts';
import { writeContentInfo } from './cms/write-signed.ts';
import { work } from './heavy.ts';
import { tagLength } from './heavy/work.ts';
import type { RsaPadding } from './private-key.ts';

/** For whom something is encrypted. */
export type EncryptionRecipient = {
  /** DER. */
  readonly certificate: Uint8Array;
  /** For RSA keys; default PKCS #1 v1.5, which every reader knows. */
  readonly padding?: RsaPadding;
};

/** Ciphers that are written; the others are only read. */
export type WrittenCipher = Extract<CipherName, 'aes-128-cbc' | 'aes-256-cbc' | 'aes-128-gcm' | 'aes-256-gcm'>;

export type Encryption =
  | { readonly kind: 'encrypted'; readonly octets: Buffer; readonly smimeType: 'enveloped-data' | 'authEnveloped-data' }
  | { readonly kind: 'problem'; readonly reason: string };

const usual: RsaPadding = { kind: 'pkcs1' };

/**
 * Encrypts to exactly these recipients, or not at all.
 *
 * @param cipher GCM gives AuthEnvelopedData, CBC gives EnvelopedData
 * @returns a ContentInfo in DER
 * @source RFC 5652 §6, RFC 5083, RFC 5084
 */
export async function encrypt(
  content: Uint8Array,
  recipients: readonly EncryptionRecipient[],
  cipher: WrittenCipher = 'aes-256-gcm',
): Promise<Encryption> {
  const { oid: cipherOid, keyLength } = describeCipher(cipher);
  const key = randomBytes(keyLength);
  const infos: Der[] = [];
  for (const { certificate, padding = usual } of recipients) {
    const [read] = readCertificates([certificate]);
    const info = read && writeRecipient(read, padding, key);
    if (!info) return { kind: 'problem', reason: 'the key of a recipient cannot be encrypted to' };
    infos.push(info);
  }
  if (infos.length === 0) return { kind: 'problem', reason: 'no recipient' };
  const nonce = randomBytes(isGcm(cipher) ? 12 : 16);
  const { octets, tag } = await work({ kind: 'encipher', octets: content, cipher, key, nonce });
  const parameters = isGcm(cipher) ? sequence(octetString(nonce), integer(tagLength)) : octetString(nonce);
  const contents = sequence(oid(oids.data), sequence(oid(cipherOid), parameters), encode(0x80, [octets]));
  if (isGcm(cipher)) {
    const data = sequence(integer(0), setOf(infos), contents, octetString(tag));
    return {
      kind: 'encrypted',
      octets: writeContentInfo(oids.authEnvelopedData, data),
      smimeType: 'authEnveloped-data',
    };
  }
  const version = infos.every(([first]) => first?.[0] === 0x30) ? 0 : 2;
  const data = sequence(integer(version), setOf(infos), contents);
  return { kind: 'encrypted', octets: writeContentInfo(oids.envelopedData, data), smimeType: 'enveloped-data' };
}

const isGcm = (cipher: WrittenCipher): boolean => cipher.endsWith('-gcm');

/** Certificates for every recipient a message had. */
export type FoundRecipients =
  | { readonly kind: 'all'; readonly certificates: readonly Uint8Array[] }
  /** Some have no certificate among those known, or are no certificates at all (null). */
  | { readonly kind: 'missing'; readonly ids: readonly (CertificateId | null)[] };

/** Finds who has to be able to read a message that is encrypted anew. @param known certificates in DER */
export function findRecipients(ids: readonly (CertificateId | null)[], known: readonly Uint8Array[]): FoundRecipients {
  const certificates = readCertificates(known);
  const found = ids.map((id) => (id && certificates.find((one) => identifies(id, one))) ?? null);
  const missing = ids.filter((_, at) => !found[at]);
  if (missing.length > 0) return { kind: 'missing', ids: missing };
  return { kind: 'all', certificates: found.flatMap((one) => (one ? [one.octets] : [])) };
}
