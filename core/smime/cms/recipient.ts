import { childrenOf, type Element } from '../asn1/element.ts';
import { Malformed } from '../asn1/malformed.ts';
import { expectTag, fieldsOf, onlyChild, readBits, readCount, readOctets, tags } from '../asn1/values.ts';
import { readAlgorithm, type Algorithm } from './algorithm.ts';
import { readIssuerAndSerial, type CertificateId } from './signed-data.ts';

/**
 * One recipient of an encrypted message: `transport` the content key is encrypted for an RSA key; `agreement` wrapped
 * with a key agreed by Diffie-Hellman; `other` in a way that is not read (a password, a key known before).
 *
 * @source RFC 5652 §6.2
 */
export type Recipient =
  | {
      readonly kind: 'transport';
      readonly id: CertificateId;
      readonly algorithm: Algorithm;
      readonly encryptedKey: Buffer;
    }
  | ({ readonly kind: 'agreement'; readonly id: CertificateId; readonly encryptedKey: Buffer } & Agreement)
  | { readonly kind: 'other'; readonly id: null };

/** What the parties agree with. */
export type Agreement = {
  readonly algorithm: Algorithm;
  /** The sender's ephemeral key: contents of its BIT STRING; null when the sender names a certificate. */
  readonly publicKey: Buffer | null;
  /** User keying material; null when absent. */
  readonly material: Buffer | null;
};

const recipientLimit = 5000;

/** @param set RecipientInfos @throws Malformed */
export function readRecipients(set: Element): readonly Recipient[] {
  const recipients: Recipient[] = [];
  for (const info of childrenOf(expectTag(set, tags.set))) {
    recipients.push(...readRecipient(info));
    if (recipients.length > recipientLimit) throw new Malformed('too many recipients');
  }
  return recipients;
}

function readRecipient(info: Element): readonly Recipient[] {
  if (info.tag === tags.sequence) return [readTransport(info)];
  return info.tag === 0xa1 ? readAgreement(info) : [{ kind: 'other', id: null }];
}

/** @source RFC 5652 §6.2.1 */
function readTransport(info: Element): Recipient {
  const fields = fieldsOf(info);
  readCount(fields.next(tags.integer));
  const issuerAndSerial = fields.optional(tags.sequence);
  return {
    kind: 'transport',
    id: issuerAndSerial
      ? readIssuerAndSerial(issuerAndSerial)
      : { kind: 'key-identifier', keyIdentifier: fields.next(0x80).content },
    algorithm: readAlgorithm(fields.next(tags.sequence)),
    encryptedKey: readOctets(fields.next(tags.octetString)),
  };
}

/** @source RFC 5652 §6.2.2, RFC 5753 §3.1 */
function readAgreement(info: Element): readonly Recipient[] {
  const fields = fieldsOf(info, 0xa1);
  readCount(fields.next(tags.integer));
  const publicKey = readOriginator(onlyChild(fields.next(0xa0)));
  const material = fields.optional(0xa1);
  const agreement: Agreement = {
    publicKey,
    material: material && readOctets(onlyChild(material)),
    algorithm: readAlgorithm(fields.next(tags.sequence)),
  };
  return childrenOf(fields.next(tags.sequence)).map((wrapped) => readWrapped(wrapped, agreement));
}

function readOriginator(originator: Element): Buffer | null {
  if (originator.tag !== 0xa1) return null;
  const fields = fieldsOf(originator, 0xa1);
  fields.next(tags.sequence);
  return readBits(fields.next(tags.bitString));
}

function readWrapped(wrapped: Element, agreement: Agreement): Recipient {
  const fields = fieldsOf(wrapped);
  const issuerAndSerial = fields.optional(tags.sequence);
  const id: CertificateId = issuerAndSerial
    ? readIssuerAndSerial(issuerAndSerial)
    : { kind: 'key-identifier', keyIdentifier: readOctets(fieldsOf(fields.next(0xa0), 0xa0).next(tags.octetString)) };
  return { kind: 'agreement', id, encryptedKey: readOctets(fields.next(tags.octetString)), ...agreement };
}
