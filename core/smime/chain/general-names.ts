import { childrenOf, type Element } from '../asn1/element.ts';
import { fieldsOf, onlyChild, readOid, tags } from '../asn1/values.ts';
import { readText } from './fields.ts';
import { readName, type Name } from './names.ts';

/** One of the names a certificate is about, of the forms that matter here. */
export type GeneralName =
  | { readonly kind: 'email' | 'smtp-utf8' | 'dns' | 'uri'; readonly value: string }
  | { readonly kind: 'directory'; readonly name: Name }
  /** Whatever else: `form` tells forms apart. */
  | { readonly kind: 'other'; readonly form: string };

const smtpUtf8Mailbox = '1.3.6.1.5.5.7.8.9';
const texts = new Map<number, 'email' | 'dns' | 'uri'>([
  [0x81, 'email'],
  [0x82, 'dns'],
  [0x86, 'uri'],
]);

/** @param element GeneralNames under any tag @throws Malformed */
export const readGeneralNames = (element: Element): readonly GeneralName[] => childrenOf(element).map(readGeneralName);

/** @throws Malformed @source RFC 5280 §4.2.1.6, RFC 9598 §3 */
export function readGeneralName(element: Element): GeneralName {
  const { tag, content } = element;
  const kind = texts.get(tag);
  if (kind) return { kind, value: content.toString('latin1') };
  if (tag === 0xa4) return { kind: 'directory', name: readName(onlyChild(element)) };
  return tag === 0xa0 ? readOtherName(element) : { kind: 'other', form: String(tag) };
}

function readOtherName(element: Element): GeneralName {
  const fields = fieldsOf(element, 0xa0);
  const form = readOid(fields.next(tags.oid));
  if (form !== smtpUtf8Mailbox) return { kind: 'other', form };
  const value = onlyChild(fields.next(0xa0));
  return { kind: 'smtp-utf8', value: readText(value) ?? '' };
}
