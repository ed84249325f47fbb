import { createHash } from 'node:crypto';
import { parseCertificate, type Certificate } from '../certificate.ts';
import { checkTrust, type Reason, type Trust } from '../trust.ts';

/** What is known of a certificate in a message. */
export type Judged = {
  /** Null when it cannot be read. */
  readonly certificate: Certificate | null;
  /** Null when it is trusted. */
  readonly reason: Reason | null;
};

type Known = { readonly certificate: Certificate; readonly from: number; readonly until: number };

/** A path that held is not looked for again for an hour: revocation lists come at another pace. */
const kept = 3_600_000;
const most = 10_000;
const trusted = new WeakMap<Trust, Map<string, Known>>();

/**
 * Whether a certificate that signed is trusted. A verdict in favour is kept while every certificate of its path is
 * valid; one against depends on what comes along, and is made anew.
 *
 * @param extra certificates that came with the message, in DER
 */
export function judgeSigner(octets: Uint8Array, extra: readonly Uint8Array[], trust: Trust, at: number): Judged {
  const known = trusted.get(trust) ?? new Map<string, Known>();
  trusted.set(trust, known);
  const fingerprint = createHash('sha256').update(octets).digest('latin1');
  const before = known.get(fingerprint);
  if (before && before.from <= at && at < before.until) return { certificate: before.certificate, reason: null };
  const read = parseCertificate(octets);
  if (read.kind === 'malformed') return { certificate: null, reason: read.reason };
  const { certificate } = read;
  const answer = checkTrust(certificate, trust, {
    at,
    purpose: 'sign',
    revocation: 'soft',
    extra: certificatesIn(extra),
  });
  if (answer.kind === 'untrusted') return { certificate, reason: answer.reason };
  const [oldest] = known.keys();
  if (known.size >= most && oldest !== undefined) known.delete(oldest);
  const until = Math.min(at + kept, ...answer.path.map(({ notAfter }) => notAfter + 1));
  known.set(fingerprint, { certificate, from: at, until });
  return { certificate, reason: null };
}

/** More are not looked at. */
const mostExtra = 50;

const certificatesIn = (all: readonly Uint8Array[]): readonly Certificate[] =>
  all.slice(0, mostExtra).flatMap((octets) => {
    const read = parseCertificate(octets);
    return read.kind === 'certificate' ? [read.certificate] : [];
  });

/** What forbids the use of a certificate even where nobody asks for a path: whoever has it chose it. */
const forbidding: ReadonlySet<Reason['code']> = new Set<Reason['code']>([
  'malformed',
  'not-yet-valid',
  'expired',
  'revoked',
  'key-usage',
  'extended-key-usage',
  'key-weak',
]);

/**
 * Why a certificate of ours, or of somebody who could read a message before, may not be used now; null when it may. It
 * need not be trusted: the operator has stored it.
 */
export function refuseUse(octets: Uint8Array, purpose: 'sign' | 'encrypt', trust: Trust, at: number): string | null {
  const read = parseCertificate(octets);
  if (read.kind === 'malformed') return read.reason.text;
  const { notBefore, notAfter } = read.certificate;
  if (at < notBefore) return 'the certificate is not valid yet';
  if (at > notAfter) return 'the certificate has expired';
  const answer = checkTrust(read.certificate, trust, { at, purpose, revocation: 'soft' });
  return answer.kind === 'untrusted' && forbidding.has(answer.reason.code) ? answer.reason.text : null;
}
