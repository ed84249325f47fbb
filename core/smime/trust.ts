import { findPath, indexBySubject, type Index } from './chain/build.ts';
import type { Certificate } from './chain/certificate.ts';
import type { Crl } from './chain/crl.ts';
import type { Purpose } from './chain/purpose.ts';
import { reasonOf, type Reason } from './chain/reasons.ts';
import { checkRevocation, type RevocationTerms } from './chain/revocation.ts';
import { shortnessOf } from './chain/signature.ts';
import { checkPath, type Terms } from './chain/validate.ts';

export type { Reason } from './chain/reasons.ts';

/** Whom we trust, and what has been revoked. */
export type Trust = {
  readonly anchors: Index;
  /** Authorities nobody vouches for, from the operator's folder: they complete paths. */
  readonly intermediates: Index;
  /** By issuer (`Name.key`). */
  readonly crls: ReadonlyMap<string, readonly Crl[]>;
  /** How the lists count: `soft`: a certificate no list speaks about is fine, with a note; `hard`: it is not. */
  readonly revocation: 'off' | 'soft' | 'hard';
};

/** Puts a trust store together. */
export function createTrust(
  anchors: readonly Certificate[],
  {
    intermediates = [],
    crls = [],
    revocation = crls.length > 0 ? 'soft' : 'off',
  }: {
    readonly intermediates?: readonly Certificate[];
    readonly crls?: readonly Crl[];
    /** `soft` when not given and there are lists. */
    readonly revocation?: Trust['revocation'];
  } = {},
): Trust {
  return {
    anchors: indexBySubject(anchors),
    intermediates: indexBySubject(intermediates),
    crls: Map.groupBy(crls, ({ issuer }) => issuer.key),
    revocation,
  };
}

/** What a certificate is asked for. */
export type TrustQuestion = {
  /** Epoch ms: when it, its authorities and their lists have to be valid. */
  readonly at: number;
  readonly purpose: Purpose;
  /** Other than the trust store says. */
  readonly revocation?: Trust['revocation'];
  /** Certificates that came with the message, to complete the path; nothing vouches for them. */
  readonly extra?: readonly Certificate[];
  /** Whether MD5, SHA-1 and RSA keys below 1024 bits count. */
  readonly allowWeak?: boolean;
};

/** Whether a certificate is to be trusted, and why not. */
export type TrustAnswer =
  | {
      readonly kind: 'trusted';
      /** From the certificate to the anchor. */
      readonly path: readonly Certificate[];
      /** What is worth saying all the same. */
      readonly notes: readonly Reason[];
    }
  | { readonly kind: 'untrusted'; readonly reason: Reason };

/** Certificates from a message that are looked at; the rest is passed over. */
const mostExtra = 50;

/**
 * Looks for a path from a certificate to an anchor that holds. Never throws for what is in certificates and lists, and
 * never asks the network.
 *
 * @source RFC 5280 §6, RFC 8550 §4
 */
export function checkTrust(certificate: Certificate, trust: Trust, question: TrustQuestion): TrustAnswer {
  const { at, purpose, allowWeak = false, revocation = trust.revocation } = question;
  const extra = indexBySubject((question.extra ?? []).slice(0, mostExtra));
  const ground = { anchors: trust.anchors, others: [trust.intermediates, extra] };
  const terms: Terms = { at, purpose, allowWeak };
  const lists: RevocationTerms = {
    at,
    crls: trust.crls,
    signers: [trust.anchors, trust.intermediates, extra],
    allowWeak,
    isTrusted: (signer) =>
      findPath(signer, ground, (path) => checkPath(path, { ...terms, purpose: 'any' })).kind === 'path',
  };
  let notes: readonly Reason[] = [];
  const found = findPath(certificate, ground, (path) => {
    const wrong = checkPath(path, terms);
    if (wrong) return wrong;
    const { reason, unknown } = revocation === 'off' ? good : checkRevocations(path, lists);
    notes = [...unknown, ...notesOn(path)];
    return reason ?? (revocation === 'hard' ? (unknown[0] ?? null) : null);
  });
  return found.kind === 'path'
    ? { kind: 'trusted', path: found.path, notes }
    : { kind: 'untrusted', reason: found.reason };
}

type Revocations = { readonly reason: Reason | null; readonly unknown: readonly Reason[] };
const good: Revocations = { reason: null, unknown: [] };

/** Every certificate below the anchor. */
function checkRevocations(path: readonly Certificate[], terms: RevocationTerms): Revocations {
  const unknown: Reason[] = [];
  for (const [index, certificate] of path.entries()) {
    const issuer = path[index + 1];
    const check = issuer ? checkRevocation(certificate, issuer, terms) : ({ kind: 'good' } as const);
    const subject = certificate.subject.text;
    if (check.kind === 'unknown') unknown.push(reasonOf('revocation-unknown', subject, check.why));
    if (check.kind !== 'revoked') continue;
    const detail = `${check.reason}, on ${new Date(check.at).toISOString().slice(0, 10)}`;
    return { reason: reasonOf('revoked', subject, detail), unknown };
  }
  return { reason: null, unknown };
}

function notesOn(path: readonly Certificate[]): readonly Reason[] {
  return path.flatMap((certificate) => {
    const short = shortnessOf(certificate.key());
    return short ? [reasonOf('key-weak', certificate.subject.text, `${short.bits} bits`)] : [];
  });
}
