import { childrenOf, type Element } from '../asn1/element.ts';
import { Malformed } from '../asn1/malformed.ts';
import { fieldsOf, onlyChild } from '../asn1/values.ts';
import { readFlags } from './fields.ts';
import { readGeneralNames, type GeneralName } from './general-names.ts';
import { readRelativeName, type Name } from './names.ts';

/** Where a list is published: comparable texts, one of which must be the same on both sides. */
export type PointName = { readonly full: readonly string[]; readonly relative: string | null };

/** Which list speaks about a certificate. */
export type DistributionPoint = {
  readonly name: PointName | null;
  /** Numbers of the reasons the list covers; null: all. */
  readonly reasons: ReadonlySet<number> | null;
  /** Who issues the list when it is not the certificate's issuer. */
  readonly issuers: readonly Name[];
};

/** @param element CRLDistributionPoints @throws Malformed @source RFC 5280 §4.2.1.13 */
export function readPoints(element: Element): readonly DistributionPoint[] {
  return childrenOf(element).map((point) => {
    const fields = fieldsOf(point);
    const name = fields.optional(0xa0);
    const reasons = fields.optional(0x81);
    const issuers = fields.optional(0xa2);
    return {
      name: name && readPointName(onlyChild(name)),
      reasons: reasons && readFlags(reasons, 0x81),
      issuers: issuers ? readGeneralNames(issuers).flatMap((one) => (one.kind === 'directory' ? [one.name] : [])) : [],
    };
  });
}

/** @param element DistributionPointName @throws Malformed */
export function readPointName(element: Element): PointName {
  if (element.tag === 0xa0) return { full: readGeneralNames(element).map(comparable), relative: null };
  if (element.tag === 0xa1) return { full: [], relative: readRelativeName(element) };
  throw new Malformed('a distribution point that is none');
}

/** The texts of a point's names. @param issuer of the list: what a relative name goes on below */
export function pointTexts({ full, relative }: PointName, issuer: Name): readonly string[] {
  return relative === null ? full : [`directory ${issuer.key}\n${relative}`];
}

function comparable(name: GeneralName): string {
  if (name.kind === 'directory') return `directory ${name.name.key}`;
  return name.kind === 'other' ? `other ${name.form}` : `${name.kind} ${name.value}`;
}
