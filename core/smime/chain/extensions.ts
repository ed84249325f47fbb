import { childrenOf, readElement, type Element } from '../asn1/element.ts';
import { Malformed } from '../asn1/malformed.ts';
import { fieldsOf, onlyChild, readCount, readOctets, readOid, tags } from '../asn1/values.ts';
import { boolean, readBoolean, readFlags } from './fields.ts';
import { readGeneralNames, type GeneralName } from './general-names.ts';
import { readSubtrees, type Subtrees } from './name-constraints.ts';
import { readPoints, type DistributionPoint } from './distribution-point.ts';
import { readMappings, readPolicies, readPolicyConstraints, type Mapping, type PolicyConstraints } from './policies.ts';

/** What a certificate says beyond its fields. `null`: the extension is not there. */
export type Extensions = {
  readonly basicConstraints: { readonly ca: boolean; readonly pathLength: number | null } | null;
  /** Numbers of the bits that are set: 0 digitalSignature, 1 nonRepudiation … (RFC 5280 §4.2.1.3). */
  readonly keyUsage: ReadonlySet<number> | null;
  /** Object identifiers. */
  readonly extendedKeyUsage: readonly string[] | null;
  readonly subjectAltNames: readonly GeneralName[];
  readonly nameConstraints: Subtrees | null;
  readonly subjectKeyIdentifier: Buffer | null;
  /** Only the form with a key identifier. */
  readonly authorityKeyIdentifier: Buffer | null;
  readonly distributionPoints: readonly DistributionPoint[];
  readonly policies: ReadonlySet<string> | null;
  readonly policyMappings: readonly Mapping[];
  readonly policyConstraints: PolicyConstraints | null;
  readonly inhibitAnyPolicy: number | null;
  /** Object identifiers of critical extensions nobody here understands. */
  readonly unknownCritical: readonly string[];
};

type Raw = { readonly type: string; readonly isCritical: boolean; readonly value: Buffer };

const empty: Extensions = {
  basicConstraints: null,
  keyUsage: null,
  extendedKeyUsage: null,
  subjectAltNames: [],
  nameConstraints: null,
  subjectKeyIdentifier: null,
  authorityKeyIdentifier: null,
  distributionPoints: [],
  policies: null,
  policyMappings: [],
  policyConstraints: null,
  inhibitAnyPolicy: null,
  unknownCritical: [],
};

/** @source RFC 5280 §4.2.1 */
const readers = new Map<string, (value: Element) => Partial<Extensions>>([
  ['2.5.29.14', (value) => ({ subjectKeyIdentifier: readOctets(value) })],
  ['2.5.29.15', (value) => ({ keyUsage: readFlags(value) })],
  ['2.5.29.17', (value) => ({ subjectAltNames: readGeneralNames(value) })],
  ['2.5.29.19', (value) => ({ basicConstraints: readBasicConstraints(value) })],
  ['2.5.29.30', (value) => ({ nameConstraints: readSubtrees(value) })],
  ['2.5.29.31', (value) => ({ distributionPoints: readPoints(value) })],
  ['2.5.29.32', (value) => ({ policies: readPolicies(value) })],
  ['2.5.29.33', (value) => ({ policyMappings: readMappings(value) })],
  ['2.5.29.35', (value) => ({ authorityKeyIdentifier: readAuthorityKey(value) })],
  ['2.5.29.36', (value) => ({ policyConstraints: readPolicyConstraints(value) })],
  ['2.5.29.37', (value) => ({ extendedKeyUsage: childrenOf(value).map(readOid) })],
  ['2.5.29.54', (value) => ({ inhibitAnyPolicy: readCount(value) })],
]);

/** @param element Extensions; null when there are none @throws Malformed also when one is there twice */
export function readExtensions(element: Element | null): Extensions {
  const raw = element ? readRawExtensions(element) : [];
  let extensions = empty;
  const unknownCritical: string[] = [];
  for (const { type, isCritical, value } of raw) {
    const read = readers.get(type);
    if (read) extensions = { ...extensions, ...read(readElement(value)) };
    else if (isCritical) unknownCritical.push(type);
  }
  return { ...extensions, unknownCritical };
}

/** The extensions of a certificate, a revocation list or an entry of one, each once. @throws Malformed */
export function readRawExtensions(element: Element): readonly Raw[] {
  const all = childrenOf(element).map((extension) => {
    const fields = fieldsOf(extension);
    const type = readOid(fields.next(tags.oid));
    return {
      type,
      isCritical: readBoolean(fields.optional(boolean)),
      value: readOctets(fields.next(tags.octetString)),
    };
  });
  if (new Set(all.map(({ type }) => type)).size < all.length) throw new Malformed('an extension that is there twice');
  return all;
}

function readBasicConstraints(element: Element): Extensions['basicConstraints'] {
  const fields = fieldsOf(element);
  const ca = readBoolean(fields.optional(boolean));
  const pathLength = fields.optional(tags.integer);
  return { ca, pathLength: pathLength && readCount(pathLength) };
}

/** AuthorityKeyIdentifier of certificates and revocation lists. @throws Malformed @source RFC 5280 §4.2.1.1 */
export function readAuthorityKey(element: Element): Buffer | null {
  return fieldsOf(element).optional(0x80)?.content ?? null;
}

/** The contents of an explicit tag; null without it. @throws Malformed */
export const explicit = (element: Element | null): Element | null => element && onlyChild(element);
