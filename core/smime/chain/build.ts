import type { Certificate } from './certificate.ts';
import { reasonOf, type Reason } from './reasons.ts';
import { checkSignature } from './signature.ts';

/** Certificates by the name they are for. */
export type Index = ReadonlyMap<string, readonly Certificate[]>;

export const indexBySubject = (certificates: readonly Certificate[]): Index =>
  Map.groupBy(certificates, ({ subject }) => subject.key);

/** Where paths are looked for. */
export type Ground = {
  readonly anchors: Index;
  /** Certificates that may stand between; nobody vouches for them. */
  readonly others: readonly Index[];
};

/** How a search ended. */
export type Found =
  | { readonly kind: 'path'; readonly path: readonly Certificate[] }
  | { readonly kind: 'none'; readonly reason: Reason };

/** Certificates in a path, and signatures checked while looking for one: enough for bridges, too few for an attack. */
const longestPath = 12;
const mostSignatures = 100;
/** As deep as a path that reached an anchor: its failure says most. */
const whole = longestPath + 1;

/**
 * Looks for a path to an anchor that holds, depth first, likely issuers first. No certificate stands in it twice, so
 * loops of cross-signed authorities end.
 *
 * @param judge says what is wrong with a whole path; null: nothing
 * @returns without a path, the reason of the first whole one that failed, or else of the deepest dead end
 * @source RFC 4158
 */
export function findPath(
  end: Certificate,
  ground: Ground,
  judge: (path: readonly Certificate[]) => Reason | null,
): Found {
  const failures: { readonly depth: number; readonly reason: Reason }[] = [];
  const fail = (depth: number, reason: Reason): null => {
    if (failures.length < mostSignatures) failures.push({ depth, reason });
    return null;
  };
  let left = mostSignatures;

  function judged(path: readonly Certificate[]): readonly Certificate[] | null {
    const reason = judge(path);
    return reason ? fail(whole, reason) : path;
  }

  function extend(path: readonly Certificate[], last: Certificate): readonly Certificate[] | null {
    if (isAnchor(last, ground)) return judged(path);
    if (path.length >= longestPath) return fail(path.length, reasonOf('too-complex', last.subject.text));
    const named = issuersOf(last, ground);
    const issuers = named.filter((issuer) => !path.some((one) => isSameAuthority(one, issuer)));
    if (issuers.length === 0) return fail(path.length, deadEnd(last, named.length > 0));
    for (const issuer of issuers) {
      if ((left -= 1) < 0) return fail(whole, reasonOf('too-complex', end.subject.text));
      const check = checkSignature(last, issuer.key());
      if (check === 'valid') {
        const found = extend([...path, issuer], issuer);
        if (found) return found;
      } else fail(path.length, reasonOf(check === 'invalid' ? 'signature' : 'algorithm-unknown', last.subject.text));
    }
    return null;
  }

  const path = extend([end], end);
  if (path) return { kind: 'path', path };
  const worst = failures.toSorted((a, b) => b.depth - a.depth)[0];
  return { kind: 'none', reason: worst?.reason ?? deadEnd(end, false) };
}

function isAnchor(certificate: Certificate, { anchors }: Ground): boolean {
  return (anchors.get(certificate.subject.key) ?? []).some(
    ({ fingerprint }) => fingerprint === certificate.fingerprint,
  );
}

/** The same name and key: another certificate for it leads nowhere new. */
const isSameAuthority = (one: Certificate, other: Certificate): boolean =>
  one.subject.key === other.subject.key && one.publicKey.equals(other.publicKey);

function deadEnd(last: Certificate, isLoop: boolean): Reason {
  if (last.isSelfIssued || isLoop) return reasonOf('untrusted', last.subject.text, last.subject.text);
  return reasonOf('issuer-missing', last.subject.text, last.issuer.text);
}

/** Those of the right name, anchors first, and of each those whose key is the one that is named. */
function issuersOf(certificate: Certificate, { anchors, others }: Ground): readonly Certificate[] {
  const wanted = certificate.extensions.authorityKeyIdentifier;
  const named = (issuer: Certificate): number => {
    const has = issuer.extensions.subjectKeyIdentifier;
    return wanted && has ? (has.equals(wanted) ? 0 : 2) : 1;
  };
  const inOrder = (index: Index): readonly Certificate[] =>
    (index.get(certificate.issuer.key) ?? []).toSorted((a, b) => named(a) - named(b));
  return [anchors, ...others].flatMap(inOrder);
}
