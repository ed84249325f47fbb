import { childrenOf, readElement, type Element } from '../asn1/element.ts';
import { readHeader } from '../asn1/header.ts';
import { Malformed } from '../asn1/malformed.ts';
import { readRawExtensions } from './extensions.ts';
import { enumerated, readInstant, readSerial } from './fields.ts';
import { readGeneralNames } from './general-names.ts';
import type { Name } from './names.ts';

/** That one certificate has been revoked. */
export type Revocation = {
  /** Epoch ms. */
  readonly at: number;
  /** As RFC 5280 §5.3.1 calls it. */
  readonly reason: string;
};

/** By issuer of the certificate (`Name.key`), then by serial number. */
export type Revoked = ReadonlyMap<string, ReadonlyMap<string, Revocation>>;

/** @source RFC 5280 §5.3.1 */
const reasonNames = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  'unspecified',
  'removeFromCRL',
  'privilegeWithdrawn',
  'aACompromise',
] as const;
const ofEntry = { reason: '2.5.29.21', invalidityDate: '2.5.29.24', issuer: '2.5.29.29' } as const;

/**
 * The entries of a list, one at a time: there may be a million, and no budget of elements is made for that.
 *
 * @param content of revokedCertificates
 * @param issuer of the list
 * @returns `isOdd` when an entry has a critical extension that is not understood
 * @throws Malformed
 */
export function readEntries(content: Buffer, issuer: Name): { readonly revoked: Revoked; readonly isOdd: boolean } {
  const revoked = new Map<string, Map<string, Revocation>>();
  let isOdd = false;
  let of = issuer;
  for (let at = 0; at < content.length;) {
    const header = readHeader(content, at);
    const end = header.content + header.length;
    if (header.length < 0 || end > content.length) throw new Malformed('a list that ends too early');
    const entry = readEntry(readElement(content.subarray(at, end)));
    of = entry.issuer ?? of;
    isOdd ||= entry.isOdd;
    const bySerial = revoked.get(of.key) ?? new Map<string, Revocation>();
    if (bySerial.size === 0) revoked.set(of.key, bySerial);
    bySerial.set(entry.serial, entry.revocation);
    at = end;
  }
  return { revoked, isOdd };
}

type Entry = {
  readonly serial: string;
  readonly revocation: Revocation;
  readonly issuer: Name | null;
  readonly isOdd: boolean;
};

function readEntry(element: Element): Entry {
  const [first, second, third] = childrenOf(element);
  if (!first) throw new Malformed('an empty entry');
  const entry = { serial: readSerial(first), at: readInstant(second) };
  let reason: string = reasonNames[0];
  let issuer: Name | null = null;
  let isOdd = false;
  for (const { type, isCritical, value } of third ? readRawExtensions(third) : []) {
    if (type === ofEntry.reason) reason = readReason(readElement(value));
    else if (type === ofEntry.issuer) issuer = readIssuer(readElement(value));
    else if (type !== ofEntry.invalidityDate) isOdd ||= isCritical;
  }
  return { serial: entry.serial, revocation: { at: entry.at, reason }, issuer, isOdd };
}

function readReason({ tag, content }: Element): string {
  return (tag === enumerated ? reasonNames[content[0] ?? 0] : undefined) ?? reasonNames[0];
}

function readIssuer(element: Element): Name | null {
  return readGeneralNames(element).flatMap((one) => (one.kind === 'directory' ? [one.name] : []))[0] ?? null;
}
