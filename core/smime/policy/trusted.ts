import { bufferOf } from '../../message/content.ts';
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

/** A verdict in favour counts for an hour: revocation lists come at another pace. */
const kept = 3_600_000;
const most = 2000;
const accepted = new WeakMap<Trust, Map<string, Known>>();

/** What was accepted for a purpose before; a reload of trust forgets it. */
function recall(octets: Uint8Array, purpose: 'sign' | 'use' | 'encrypt', trust: Trust, at: number) {
  const known = accepted.get(trust) ?? new Map<string, Known>();
  accepted.set(trust, known);
  const key = `${purpose} ${bufferOf(octets).toString('latin1')}`;
  const before = known.get(key);
  return {
    certificate: before && before.from <= at && at < before.until ? before.certificate : null,
    keep(certificate: Certificate, path: readonly Certificate[]): void {
      const [oldest] = known.keys();
      if (known.size >= most && oldest !== undefined) known.delete(oldest);
      const until = Math.min(at + kept, ...path.map(({ notAfter }) => notAfter + 1));
      known.set(key, { certificate, from: at, until });
    },
  };
}

/**
 * Whether a certificate that signed is trusted. A verdict in favour is kept while every certificate of its path is
 * valid; one against depends on what comes along, and is made anew.
 *
 * @param extra certificates that came with the message, in DER
 */
export function judgeSigner(octets: Uint8Array, extra: readonly Uint8Array[], trust: Trust, at: number): Judged {
  const before = recall(octets, 'sign', trust, at);
  if (before.certificate) return { certificate: before.certificate, reason: null };
  const read = parseCertificate(octets);
  if (read.kind === 'malformed') return { certificate: null, reason: read.reason };
  const { certificate } = read;
  const question = { at, purpose: 'sign', extra: certificatesIn(extra) } as const;
  const answer = checkTrust(certificate, trust, question);
  if (answer.kind === 'untrusted') return { certificate, reason: answer.reason };
  before.keep(certificate, answer.path);
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
  const before = recall(octets, purpose === 'sign' ? 'use' : 'encrypt', trust, at);
  if (before.certificate) return null;
  const read = parseCertificate(octets);
  if (read.kind === 'malformed') return read.reason.text;
  const { certificate } = read;
  if (at < certificate.notBefore) return 'the certificate is not valid yet';
  if (at > certificate.notAfter) return 'the certificate has expired';
  const answer = checkTrust(certificate, trust, { at, purpose });
  if (answer.kind === 'untrusted' && forbidding.has(answer.reason.code)) return answer.reason.text;
  before.keep(certificate, answer.kind === 'trusted' ? answer.path : [certificate]);
  return null;
}
