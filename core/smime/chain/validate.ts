import type { Certificate } from './certificate.ts';
import { findForbiddenName, type Subtrees } from './name-constraints.ts';
import { createPolicies } from './policies.ts';
import { checkPurpose, isForMail, type Purpose } from './purpose.ts';
import { reasonOf, type Reason } from './reasons.ts';
import { shortnessOf, weaknessOf } from './signature.ts';

/** What a path is judged by. */
export type Terms = {
  /** Epoch ms: when the certificates have to be valid. */
  readonly at: number;
  readonly purpose: Purpose;
  /** Whether a signature with MD5 or SHA-1, or an RSA key below 1024 bits, counts. */
  readonly allowWeak: boolean;
};

const keyCertSign = 5;

/**
 * Judges a path whose signatures have been checked already: validity, algorithms, critical extensions, authorities,
 * path length, key usage, names and policies. Of the anchor, constraints and validity count too.
 *
 * @param path from the certificate in question to the anchor
 * @returns null when it holds
 * @source RFC 5280 §6.1, RFC 5937, RFC 8550 §4
 */
export function checkPath(path: readonly Certificate[], terms: Terms): Reason | null {
  const [end, ...authorities] = path;
  const anchor = path.at(-1);
  if (!end || !anchor) return reasonOf('issuer-missing');
  const wrong = path.toReversed().reduce<Reason | null>((found, one) => found ?? checkAlone(one, anchor, terms), null);
  return (
    wrong ??
    checkAuthorities(authorities) ??
    checkNames(path) ??
    checkPolicies(path) ??
    checkPurpose(end, terms.purpose)
  );
}

function checkAlone(certificate: Certificate, anchor: Certificate, { at, allowWeak }: Terms): Reason | null {
  const subject = certificate.subject.text;
  if (at < certificate.notBefore) return reasonOf('not-yet-valid', subject, `before ${day(certificate.notBefore)}`);
  if (at > certificate.notAfter) return reasonOf('expired', subject, `on ${day(certificate.notAfter)}`);
  const [unknown] = certificate.extensions.unknownCritical;
  if (unknown !== undefined) return reasonOf('extension-unknown', subject, unknown);
  const weakness = certificate === anchor ? null : weaknessOf(certificate.algorithm);
  if (weakness !== null && !allowWeak) return reasonOf('algorithm-weak', subject, weakness);
  const short = shortnessOf(certificate.key());
  return short?.isBroken && !allowWeak ? reasonOf('key-weak', subject, `${short.bits} bits`) : null;
}

const day = (instant: number): string => new Date(instant).toISOString().slice(0, 10);

/** @param authorities from the issuer of the end certificate to the anchor */
function checkAuthorities(authorities: readonly Certificate[]): Reason | null {
  let below = 0;
  for (const authority of authorities) {
    const { basicConstraints, keyUsage } = authority.extensions;
    const subject = authority.subject.text;
    const isOldAnchor = authority === authorities.at(-1) && authority.version < 3; // nothing can be said in it
    if (!basicConstraints?.ca && !isOldAnchor) return reasonOf('not-a-ca', subject);
    if (keyUsage && !keyUsage.has(keyCertSign)) return reasonOf('key-usage', subject, 'signing certificates');
    if (!isForMail(authority)) return reasonOf('extended-key-usage', subject);
    if (below > (basicConstraints?.pathLength ?? Infinity)) return reasonOf('path-length', subject);
    if (!authority.isSelfIssued) below += 1;
  }
  return null;
}

/** Self-issued authorities renew a key; their own names are not bound by what is above them. @source RFC 5280 §6.1.3 (b) */
function checkNames(path: readonly Certificate[]): Reason | null {
  const constraints: Subtrees[] = [];
  for (const [depth, certificate] of [...path.entries()].toReversed()) {
    const isBound = constraints.length > 0 && (depth === 0 || !certificate.isSelfIssued);
    const forbidden = isBound ? findForbiddenName(certificate, constraints) : null;
    if (forbidden !== null) return reasonOf('name-constraints', certificate.subject.text, forbidden);
    if (certificate.extensions.nameConstraints) constraints.push(certificate.extensions.nameConstraints);
  }
  return null;
}

function checkPolicies(path: readonly Certificate[]): Reason | null {
  const below = path.slice(0, -1);
  const policies = createPolicies(below.length);
  for (const [depth, certificate] of [...below.entries()].toReversed())
    if (!policies.step(certificate, depth === 0)) return reasonOf('policy', certificate.subject.text);
  return null;
}
