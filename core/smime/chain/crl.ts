import { readElement, type Element } from '../asn1/element.ts';
import { Malformed } from '../asn1/malformed.ts';
import { fieldsOf, tags } from '../asn1/values.ts';
import { readSigned } from './certificate.ts';
import { readEntries, type Revoked } from './crl-entries.ts';
import { readPointName, type PointName } from './distribution-point.ts';
import { explicit, readAuthorityKey, readRawExtensions } from './extensions.ts';
import { boolean, readBoolean, readFlags, readInstant } from './fields.ts';
import { readName, type Name } from './names.ts';
import type { Signed } from './signature.ts';

/** Which certificates a list speaks about. */
export type Scope = {
  readonly name: PointName | null;
  readonly only: 'users' | 'authorities' | 'attributes' | null;
  readonly reasons: ReadonlySet<number> | null;
  /** Entries may be about certificates of other issuers. */
  readonly isIndirect: boolean;
};

/** A certificate revocation list, read. Nothing here says that it is genuine. */
export type Crl = Signed & {
  readonly issuer: Name;
  /** Epoch ms. */
  readonly thisUpdate: number;
  /** null: not given, which RFC 5280 does not allow. */
  readonly nextUpdate: number | null;
  readonly authorityKeyIdentifier: Buffer | null;
  readonly scope: Scope | null;
  /** Something in it must not be ignored and is not understood: a delta, an unknown critical extension. */
  readonly isOdd: boolean;
  readonly revoked: Revoked;
};

const known = { crlNumber: '2.5.29.20', authorityKey: '2.5.29.35', scope: '2.5.29.28' } as const;

/** @throws Malformed; the doors of core/smime make a value of it @source RFC 5280 §5.1 */
export function readCrl(octets: Uint8Array): Crl {
  const { signed, tbs, named } = readSigned(
    readElement(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)),
  );
  const fields = fieldsOf(tbs);
  fields.optional(tags.integer); // the version
  if (!fields.next(tags.sequence).octets.equals(named.octets))
    throw new Malformed('two different signature algorithms');
  const issuer = readName(fields.next(tags.sequence));
  const thisUpdate = readInstant(fields.optional(tags.utcTime, tags.generalizedTime) ?? undefined);
  const nextUpdate = fields.optional(tags.utcTime, tags.generalizedTime);
  const entries = readEntries(fields.optional(tags.sequence)?.content ?? Buffer.alloc(0), issuer);
  const extensions = readCrlExtensions(explicit(fields.optional(0xa0)));
  return {
    ...signed,
    issuer,
    thisUpdate,
    nextUpdate: nextUpdate && readInstant(nextUpdate),
    ...extensions,
    isOdd: extensions.isOdd || entries.isOdd,
    revoked: entries.revoked,
  };
}

function readCrlExtensions(element: Element | null): Pick<Crl, 'authorityKeyIdentifier' | 'scope' | 'isOdd'> {
  const extensions = element ? readRawExtensions(element) : [];
  const find = (type: string): Element | null => {
    const value = extensions.find((one) => one.type === type)?.value;
    return value ? readElement(value) : null;
  };
  const authorityKey = find(known.authorityKey);
  const scope = find(known.scope);
  const isKnown = (type: string): boolean => Object.values<string>(known).includes(type);
  return {
    authorityKeyIdentifier: authorityKey && readAuthorityKey(authorityKey),
    scope: scope && readScope(scope),
    isOdd: extensions.some(({ type, isCritical }) => isCritical && !isKnown(type)),
  };
}

/** IssuingDistributionPoint. @source RFC 5280 §5.2.5 */
function readScope(element: Element): Scope {
  const fields = fieldsOf(element);
  const name = fields.optional(0xa0);
  const flag = (tag: number): boolean => {
    const found = fields.optional(tag);
    return readBoolean(found && { ...found, tag: boolean });
  };
  const isForUsers = flag(0x81);
  const isForAuthorities = flag(0x82);
  const reasons = fields.optional(0x83);
  const isIndirect = flag(0x84);
  const isForAttributes = flag(0x85);
  const only = isForAttributes ? 'attributes' : isForUsers ? 'users' : isForAuthorities ? 'authorities' : null;
  return {
    name: name && readPointName(explicit(name) ?? name),
    only: isForUsers && isForAuthorities ? 'attributes' : only,
    reasons: reasons && readFlags(reasons, 0x83),
    isIndirect,
  };
}
