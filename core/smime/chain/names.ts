import { childrenOf, type Element } from '../asn1/element.ts';
import { expectTag, fieldsOf, readOid, tags } from '../asn1/values.ts';
import { Malformed } from '../asn1/malformed.ts';
import { readText } from './fields.ts';

/** A distinguished name. */
export type Name = {
  /** One entry per relative distinguished name, from the root on, in a form in which equal names are equal. */
  readonly rdns: readonly string[];
  /** All of them in one. */
  readonly key: string;
  /** For a person, the most specific first (RFC 4514), without control characters, cut at 300 characters. */
  readonly text: string;
  /** Its emailAddress attributes (PKCS #9). */
  readonly emails: readonly string[];
};

type Attribute = { readonly type: string; readonly value: string | null; readonly raw: Buffer };

const emailAddress = '1.2.840.113549.1.9.1';
const short = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.4', 'SN'],
  ['2.5.4.5', 'serialNumber'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.42', 'GN'],
  ['0.9.2342.19200300.100.1.1', 'UID'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
  [emailAddress, 'emailAddress'],
]);

/** @throws Malformed @source RFC 5280 §4.1.2.4 */
export function readName(element: Element): Name {
  return nameOf(childrenOf(expectTag(element, tags.sequence)).map((rdn) => readRdn(expectTag(rdn, tags.set))));
}

/** The relative form of a name, comparable as an entry of `Name.rdns`. @throws Malformed */
export const readRelativeName = (element: Element): string => comparableRdn(readRdn(element));

/** Whether a name lies in the subtree of another, or is it. @source RFC 5280 §7.1 */
export const isBelow = (name: Name, base: Name): boolean => base.rdns.every((rdn, at) => name.rdns[at] === rdn);

function readRdn(element: Element): readonly Attribute[] {
  const attributes = childrenOf(element).map(readAttribute);
  if (attributes.length === 0) throw new Malformed('an empty part of a name');
  return attributes;
}

function readAttribute(element: Element): Attribute {
  const fields = fieldsOf(element);
  const type = readOid(fields.next(tags.oid));
  const value = childrenOf(element)[1];
  if (!value) throw new Malformed('an attribute without a value');
  return { type, value: readText(value), raw: value.octets };
}

function nameOf(parts: readonly (readonly Attribute[])[]): Name {
  const rdns = parts.map(comparableRdn);
  const text = parts
    .map((attributes) => attributes.map(shown).join('+'))
    .toReversed()
    .join(', ');
  const emails = parts.flat().flatMap(({ type, value }) => (type === emailAddress && value ? [value] : []));
  return { rdns, key: rdns.join('\n'), text: text.length > 300 ? `${text.slice(0, 299)}…` : text, emails };
}

const comparableRdn = (attributes: readonly Attribute[]): string => attributes.map(comparable).sort().join('+');

/** Case, width and runs of blanks do not count, and neither does the type of the string. @source RFC 5280 §7.1, RFC 4518 */
function comparable({ type, value, raw }: Attribute): string {
  if (value === null) return `${type}=#${raw.toString('hex')}`;
  return `${type}=${JSON.stringify(value.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, ' ').trim())}`;
}

function shown({ type, value, raw }: Attribute): string {
  const text = value ?? `#${raw.toString('hex').slice(0, 40)}`;
  return `${short.get(type) ?? type}=${text.replaceAll(/[\p{C}\u2028\u2029]/gu, ' ').replaceAll(/[,+\\"]/g, '\\$&')}`;
}
