import type { Certificate } from './certificate.ts';
import type { Crl } from './crl.ts';
import type { Revocation } from './crl-entries.ts';
import { pointTexts, type DistributionPoint } from './distribution-point.ts';
import type { Index } from './build.ts';
import { checkSignature, weaknessOf } from './signature.ts';

/** What the lists say about a certificate. */
export type RevocationCheck =
  | { readonly kind: 'good' }
  | ({ readonly kind: 'revoked' } & Revocation)
  /** `why`: of the list that came nearest. */
  | { readonly kind: 'unknown'; readonly why: string };

/** What a check needs to know. */
export type RevocationTerms = {
  /** Epoch ms: when the lists have to be current. */
  readonly at: number;
  /** By issuer of the list (`Name.key`). */
  readonly crls: ReadonlyMap<string, readonly Crl[]>;
  /** Certificates whose keys may have signed a list. */
  readonly signers: readonly Index[];
  readonly allowWeak: boolean;
  /** Whether a certificate other than the issuer's own leads to the same trust. */
  readonly isTrusted: (signer: Certificate) => boolean;
};

/** Bits 1…8 of ReasonFlags: bit 0 is not used. */
const allReasons: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8];
const cRLSign = 6;

/**
 * Looks a certificate up in the lists that speak about it. It is good when valid lists cover every reason.
 *
 * LIMIT: delta lists are not read; a complete list has to be there.
 *
 * @param issuer the next certificate of its path
 * @source RFC 5280 §6.3.3
 */
export function checkRevocation(
  certificate: Certificate,
  issuer: Certificate,
  terms: RevocationTerms,
): RevocationCheck {
  const covered = new Set<number>();
  let why = 'there is none';
  for (const { crl, reasons } of listsFor(certificate, terms)) {
    const problem = problemOf(crl, issuer, terms);
    if (problem !== null) why = problem;
    if (problem !== null) continue;
    const revocation = crl.revoked.get(certificate.issuer.key)?.get(certificate.serial);
    if (revocation && revocation.reason !== 'removeFromCRL') return { kind: 'revoked', ...revocation };
    for (const reason of reasons) covered.add(reason);
  }
  if (covered.size > 0 && covered.size < allReasons.length) why = 'some reasons are not covered';
  return covered.size === allReasons.length ? { kind: 'good' } : { kind: 'unknown', why };
}

type Applicable = { readonly crl: Crl; readonly reasons: readonly number[] };

/** Lists by the certificate's distribution points, and by its issuer alone. */
function listsFor(certificate: Certificate, { crls }: RevocationTerms): readonly Applicable[] {
  const byIssuer: DistributionPoint = { name: null, reasons: null, issuers: [] };
  return [...certificate.extensions.distributionPoints, byIssuer].flatMap((point) => {
    const issuers = point.issuers.length > 0 ? point.issuers : [certificate.issuer];
    return issuers.flatMap((issuer) =>
      (crls.get(issuer.key) ?? [])
        .filter((crl) => speaksAbout(crl, certificate, point))
        .map((crl) => ({ crl, reasons: reasonsOf(crl, point) })),
    );
  });
}

const reasonsOf = ({ scope }: Crl, point: DistributionPoint): readonly number[] =>
  allReasons.filter((bit) => scope?.reasons?.has(bit) !== false && point.reasons?.has(bit) !== false);

function speaksAbout({ scope, issuer }: Crl, certificate: Certificate, point: DistributionPoint): boolean {
  if (issuer.key !== certificate.issuer.key && !scope?.isIndirect) return false;
  if (!scope) return true;
  const isAuthority = certificate.extensions.basicConstraints?.ca === true;
  if (scope.only === 'attributes' || (scope.only !== null && (scope.only === 'authorities') !== isAuthority))
    return false;
  if (!scope.name) return true;
  const published = pointTexts(scope.name, issuer);
  const base = point.issuers[0] ?? certificate.issuer;
  const wanted = point.name ? pointTexts(point.name, base) : point.issuers.map(({ key }) => `directory ${key}`);
  return published.some((text) => wanted.includes(text));
}

function problemOf(crl: Crl, issuer: Certificate, terms: RevocationTerms): string | null {
  if (crl.isOdd) return 'it is a delta, or says something that is not understood';
  if (crl.thisUpdate > terms.at) return 'it is not valid yet';
  if (crl.nextUpdate === null || crl.nextUpdate < terms.at) return 'it is out of date';
  if (weaknessOf(crl.algorithm) !== null && !terms.allowWeak) return 'it is signed with a broken algorithm';
  return isGenuine(crl, issuer, terms) ? null : 'its signature does not verify';
}

const genuine = new WeakMap<Crl, Map<string, boolean>>();

/** Signed by the issuer's key, or by another key of the list's issuer that leads to the same trust. */
function isGenuine(crl: Crl, issuer: Certificate, { signers, isTrusted }: RevocationTerms): boolean {
  const own = issuer.subject.key === crl.issuer.key ? [issuer] : [];
  const others = signers.flatMap((index) =>
    (index.get(crl.issuer.key) ?? []).filter((one) => one.fingerprint !== issuer.fingerprint),
  );
  return [...own, ...others.slice(0, 10)].some(
    (signer) =>
      signer.extensions.keyUsage?.has(cRLSign) !== false &&
      hasSigned(signer, crl) &&
      (signer === issuer || isTrusted(signer)),
  );
}

/** Remembered: a list is large, and every message asks for it. */
function hasSigned(signer: Certificate, crl: Crl): boolean {
  const known = genuine.get(crl) ?? new Map<string, boolean>();
  genuine.set(crl, known);
  const before = known.get(signer.fingerprint);
  if (before !== undefined) return before;
  const isValid = checkSignature(crl, signer.key()) === 'valid';
  if (known.size < 100) known.set(signer.fingerprint, isValid);
  return isValid;
}
