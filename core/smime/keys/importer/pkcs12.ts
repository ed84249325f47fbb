import { childrenOf, readElement, type Element } from '../../asn1/element.ts';
import { Malformed } from '../../asn1/malformed.ts';
import { expectTag, fieldsOf, joinOctets, onlyChild, readOctets, readOid, tags } from '../../asn1/values.ts';
import { readAlgorithm } from '../../cms/algorithm.ts';
import { oids } from '../../cms/oids.ts';
import { Refused } from '../refusal.ts';
import type { Budget } from './budget.ts';
import { decryptWith } from './decrypt.ts';
import { hasMac } from './mac.ts';
import { passwordForms, type Password } from './passwords.ts';

/** What a file holds: DER of PKCS #8 and of X.509. */
export type Contents = { readonly keys: Buffer[]; readonly certificates: Buffer[] };

const encryptedData = '1.2.840.113549.1.7.6';
const bag = (number: number): string => `1.2.840.113549.1.12.10.1.${number}`;
const x509 = '1.2.840.113549.1.9.22.1';
/** Keys and certificates one file may hold. */
const most = 200;

/**
 * Reads a PKCS#12 file: its MAC first, then everything that the password opens.
 *
 * @param password null: none was given
 * @throws Malformed, Refused
 * @source RFC 7292 §4
 */
export function readPkcs12(octets: Buffer, password: string | null, budget: Budget): Contents {
  const fields = fieldsOf(readElement(octets));
  fields.next(tags.integer);
  const { type, content } = readContentInfo(fields.next(tags.sequence));
  if (type !== oids.data || !content) throw new Refused('unsupported', 'a file that is signed with a key');
  const safe = readOctets(content);
  const macData = fields.optional(tags.sequence);
  const forms = passwordForms(password ?? '');
  const fitting = macData ? forms.filter((form) => hasMac(macData, safe, form, budget)) : forms;
  if (fitting.length === 0) throw new Refused(password === null ? 'password-missing' : 'password-wrong');
  return open(safe, fitting, password === null, budget);
}

/** The MAC does not tell how PBES2 had the password: each form is tried. */
function open(safe: Buffer, forms: readonly Password[], isMissing: boolean, budget: Budget): Contents {
  for (const form of forms) {
    const contents = readSafe(safe, form, budget);
    if (contents) return contents;
  }
  throw new Refused(isMissing ? 'password-missing' : 'password-wrong');
}

/** @returns null when the password does not open it */
function readSafe(safe: Buffer, password: Password, budget: Budget): Contents | null {
  const contents: Contents = { keys: [], certificates: [] };
  for (const info of childrenOf(expectTag(readElement(safe), tags.sequence))) {
    const { type, content } = readContentInfo(info);
    if (!content) continue;
    if (type !== oids.data && type !== encryptedData)
      throw new Refused('unsupported', 'a file that is encrypted to a key');
    const octets = type === oids.data ? readOctets(content) : decryptContent(content, password, budget);
    if (!octets || !readBags(readDecrypted(octets), contents, { password, budget })) return null;
  }
  return contents;
}

function readContentInfo(element: Element): { readonly type: string; readonly content: Element | null } {
  const fields = fieldsOf(element);
  const type = readOid(fields.next(tags.oid));
  const content = fields.optional(0xa0);
  return { type, content: content && onlyChild(content) };
}

/** EncryptedData. @source RFC 5652 §8 */
function decryptContent(element: Element, password: Password, budget: Budget): Buffer | null {
  const fields = fieldsOf(element);
  fields.next(tags.integer);
  const info = fieldsOf(fields.next(tags.sequence));
  info.next(tags.oid);
  const algorithm = readAlgorithm(info.next(tags.sequence));
  const encrypted = info.optional(0x80, 0xa0);
  if (!encrypted) throw new Malformed('no encrypted content');
  return decryptWith(algorithm, joinOctets(encrypted, 0x80), password, budget);
}

/** One in 256 wrong keys leaves a right padding: what then comes out is no DER. */
function readDecrypted(octets: Buffer): Element | null {
  try {
    return readElement(octets);
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

type Opening = { readonly password: Password; readonly budget: Budget };

/** @returns false when the password does not open them */
function readBags(element: Element | null, contents: Contents, opening: Opening): boolean {
  if (element?.tag !== tags.sequence) return false;
  return childrenOf(element).every((one) => readBag(one, contents, opening));
}

function readBag(element: Element, contents: Contents, opening: Opening): boolean {
  const fields = fieldsOf(element);
  const type = readOid(fields.next(tags.oid));
  const value = onlyChild(fields.next(0xa0));
  if (contents.keys.length + contents.certificates.length >= most)
    throw new Refused('malformed', 'too much in one file');
  if (type === bag(1)) contents.keys.push(value.octets);
  else if (type === bag(2)) return readShrouded(value, contents, opening);
  else if (type === bag(3)) readCertificateBag(value, contents);
  else if (type === bag(6)) return readBags(value, contents, opening);
  return true; // revocation lists and secrets are of no use here
}

function readShrouded(element: Element, contents: Contents, { password, budget }: Opening): boolean {
  const key = decryptKey(element, password, budget);
  if (key) contents.keys.push(key);
  return key !== null;
}

/** EncryptedPrivateKeyInfo. @returns null when the password does not open it @throws Malformed, Refused @source RFC 5958 §3 */
export function decryptKey(element: Element, password: Password, budget: Budget): Buffer | null {
  const fields = fieldsOf(element);
  const algorithm = readAlgorithm(fields.next(tags.sequence));
  const key = decryptWith(algorithm, readOctets(fields.next(tags.octetString)), password, budget);
  return key && readDecrypted(key)?.tag === tags.sequence ? key : null;
}

function readCertificateBag(element: Element, contents: Contents): void {
  const fields = fieldsOf(element);
  const type = readOid(fields.next(tags.oid));
  if (type === x509) contents.certificates.push(readOctets(onlyChild(fields.next(0xa0))));
}
