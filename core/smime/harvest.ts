import type { OpenMessage } from '../message/message.ts';
import { parseCertificate } from './certificate.ts';
import type { ProtectionParts } from './policy.ts';
import { verifySigned } from './policy/verified.ts';
import { protectedParts } from './smime.ts';
import { checkTrust } from './trust.ts';

/** Signed parts of one message that are looked at. */
const mostParts = 4;

/**
 * Offers the keystore the certificates of signatures that verified and that mail can be encrypted to.
 *
 * @returns how many it kept
 */
export async function harvest(message: OpenMessage, parts: ProtectionParts): Promise<number> {
  const { keystore, trust } = parts;
  const signed = protectedParts(message).filter(({ protection }) => protection === 'signed');
  let kept = 0;
  for (const { part } of keystore ? signed.slice(0, mostParts) : []) {
    const verified = await verifySigned(message, part, parts);
    const holders = (verified?.results ?? []).filter((_, at) => verified?.records[at]?.verdict === 'valid');
    for (const { certificate: octets } of holders) {
      const read = octets && parseCertificate(octets);
      if (!read || read.kind === 'malformed') continue;
      const answer = checkTrust(read.certificate, trust, { at: parts.now(), purpose: 'encrypt' });
      if (await keystore?.harvest(read.certificate, answer)) kept += 1;
    }
  }
  return kept;
}
