import { Malformed } from './asn1/malformed.ts';
import { comparableAddress, isSameAddress, type LocalPartRule } from './chain/address.ts';
import { readCertificate, type Certificate } from './chain/certificate.ts';
import { reasonOf, type Reason } from './chain/reasons.ts';

export { isSameAddress, type LocalPartRule } from './chain/address.ts';
export type { Certificate } from './chain/certificate.ts';

/** A certificate, or why it is none. */
export type CertificateRead =
  | { readonly kind: 'certificate'; readonly certificate: Certificate }
  | { readonly kind: 'malformed'; readonly reason: Reason };

/** Reads a certificate completely. Never throws for what is in it. @param octets DER @source RFC 5280 §4.1 */
export function parseCertificate(octets: Uint8Array): CertificateRead {
  try {
    return { kind: 'certificate', certificate: readCertificate(octets) };
  } catch (error) {
    if (error instanceof Malformed) return { kind: 'malformed', reason: reasonOf('malformed', '', error.message) };
    throw error;
  }
}

/**
 * The mailboxes a certificate is for: rfc822Name and SmtpUTF8Mailbox of the subject's alternative names, and the
 * emailAddress attributes of its subject. Each once, as written.
 *
 * @source RFC 8550 §3, RFC 9598
 */
export function addressesOf({ subject, extensions }: Certificate): readonly string[] {
  const names = extensions.subjectAltNames.flatMap((name) =>
    name.kind === 'email' || name.kind === 'smtp-utf8' ? [name.value] : [],
  );
  return [...new Map([...names, ...subject.emails].map((address) => [comparableAddress(address), address])).values()];
}

/** Who a message says it is from. */
export type Originators = {
  /** Addresses of the From field, as many as there are. */
  readonly from: readonly string[];
  /** Address of the Sender field; null without one. */
  readonly sender: string | null;
};

/** `field`: the one that names the holder of the certificate. A person reads From, so `sender` is worth saying. */
export type OriginatorMatch =
  | { readonly kind: 'match'; readonly field: 'from' | 'sender'; readonly address: string }
  | { readonly kind: 'mismatch'; readonly text: string };

/**
 * Whether a certificate belongs to who a message says it is from: to every address of From, or else to Sender.
 *
 * @param rule domains are always compared without regard to case, and in their ASCII form
 * @source RFC 8550 §3
 */
export function matchOriginator(
  certificate: Certificate,
  { from, sender }: Originators,
  rule: LocalPartRule = 'case-insensitive',
): OriginatorMatch {
  const addresses = addressesOf(certificate);
  const isNamed = (address: string): boolean => addresses.some((one) => isSameAddress(one, address, rule));
  const [first] = from;
  if (first !== undefined && from.every(isNamed)) return { kind: 'match', field: 'from', address: first };
  if (sender !== null && isNamed(sender)) return { kind: 'match', field: 'sender', address: sender };
  const holder = addresses.length > 0 ? addresses.join(', ') : 'no address';
  return {
    kind: 'mismatch',
    text: `the certificate is for ${holder}, the message is from ${from.join(', ') || 'nobody'}`,
  };
}
