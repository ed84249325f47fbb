import type { SignerRecord, SignerVerdict } from '../contract.ts';

/** @source RFC 7281 §3.1 */
const results: Readonly<Record<SignerVerdict, string>> = {
  valid: 'pass',
  invalid: 'fail',
  weak: 'policy',
  untrusted: 'policy',
  mismatch: 'policy',
  unknown: 'neutral',
};

/** Signatures that are reported; the rest is in the log. */
const most = 10;

/**
 * The value of an Authentication-Results field. Whatever certificates and messages say, it is one line of printable
 * ASCII in which nothing ends a quoted string.
 *
 * @returns null when there was no signature
 * @source RFC 8601 §2.2, RFC 7281 §3
 */
export function authenticationResults(hostname: string, signers: readonly SignerRecord[]): string | null {
  if (signers.length === 0) return null;
  const host = /^[A-Za-z0-9._-]{1,253}$/.test(hostname) ? hostname : quote(hostname);
  return [host, ...signers.slice(0, most).map(resultOf)].join('; ');
}

function resultOf({ verdict, reason, addresses, issuer, serial, part }: SignerRecord): string {
  const properties = [
    ['smime-identifier', addresses[0]],
    ['smime-serial', serial],
    ['smime-issuer', issuer],
    ['smime-part', part === '' ? null : part],
  ] as const;
  return [
    `smime=${results[verdict]}`,
    ...(reason === '' ? [] : [`reason=${quote(reason)}`]),
    ...properties.flatMap(([name, value]) => (value ? [`body.${name}=${quote(value)}`] : [])),
  ].join(' ');
}

/** A quoted-string (RFC 2045 §5.1); what is not printable ASCII becomes `?`. */
export const quote = (text: string): string =>
  `"${text
    .slice(0, 200)
    .replaceAll(/[^\x20-\x7e]/gu, '?')
    .replaceAll(/["\\]/g, '\\$&')}"`;
