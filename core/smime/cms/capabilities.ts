import { joinDer, oid, sequence } from '../asn1/der.ts';

/** What we can decrypt, best first. @source RFC 8551 §2.5.2, §2.7 */
const ciphers = [
  '2.16.840.1.101.3.4.1.46', // aes256-GCM
  '2.16.840.1.101.3.4.1.6', // aes128-GCM
  '2.16.840.1.101.3.4.1.42', // aes256-CBC
  '2.16.840.1.101.3.4.1.2', // aes128-CBC
];

/** DER of the SMIMECapabilities of this engine. */
export const ownCapabilities: Uint8Array = joinDer(sequence(...ciphers.map((cipher) => sequence(oid(cipher)))));
