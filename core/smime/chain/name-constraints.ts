import { childrenOf, type Element } from '../asn1/element.ts';
import { Malformed } from '../asn1/malformed.ts';
import { fieldsOf, readCount, tags } from '../asn1/values.ts';
import { asciiDomain, isSameAddress } from './address.ts';
import type { Certificate } from './certificate.ts';
import { readGeneralName, type GeneralName } from './general-names.ts';
import { isBelow } from './names.ts';

/** The names an authority may give out, and those it may not. */
export type Subtrees = { readonly permitted: readonly GeneralName[]; readonly excluded: readonly GeneralName[] };

/** Names times constraints compared for one certificate: more is no honest path. */
const mostComparisons = 100_000;

/** @throws Malformed also for a minimum or maximum, which RFC 5280 forbids @source RFC 5280 §4.2.1.10 */
export function readSubtrees(element: Element): Subtrees {
  const fields = fieldsOf(element);
  const permitted = fields.optional(0xa0);
  const excluded = fields.optional(0xa1);
  return { permitted: permitted ? readBases(permitted) : [], excluded: excluded ? readBases(excluded) : [] };
}

function readBases(element: Element): readonly GeneralName[] {
  return childrenOf(element).map((subtree) => {
    const [base, minimum, ...more] = childrenOf(subtree);
    const isZero = !minimum || (minimum.tag === 0x80 && readCount({ ...minimum, tag: tags.integer }) === 0);
    if (!base || !isZero || more.length > 0) throw new Malformed('a name constraint with bounds');
    return readGeneralName(base);
  });
}

/**
 * Looks for a name of a certificate that the authorities above it may not give out.
 *
 * A form of name that is constrained but not understood counts as not allowed when the certificate has such a name.
 *
 * @param constraints of every authority above; a name must satisfy each of them
 * @returns the name for a person; null when all are allowed
 * @source RFC 5280 §6.1.3 (b), (c), RFC 9598 §6
 */
export function findForbiddenName(certificate: Certificate, constraints: readonly Subtrees[]): string | null {
  const names = namesOf(certificate);
  const total = constraints.reduce((sum, { permitted, excluded }) => sum + permitted.length + excluded.length, 0);
  if (total * names.length > mostComparisons) return 'too many names and constraints';
  for (const { permitted, excluded } of constraints) {
    const forbidden = names.find((name) => !isAllowed(name, permitted, excluded));
    if (forbidden) return shown(forbidden);
  }
  return null;
}

function namesOf({ subject, extensions }: Certificate): readonly GeneralName[] {
  const emails = subject.emails.map((value) => ({ kind: 'email', value }) as const);
  const directory = subject.rdns.length > 0 ? [{ kind: 'directory', name: subject } as const] : [];
  return [...directory, ...emails, ...extensions.subjectAltNames];
}

function isAllowed(name: GeneralName, permitted: readonly GeneralName[], excluded: readonly GeneralName[]): boolean {
  if (excluded.some((base) => formOf(base) === formOf(name) && isWithin(name, base) !== false)) return false;
  const bases = permitted.filter((base) => formOf(base) === formOf(name));
  return bases.length === 0 || bases.some((base) => isWithin(name, base) === true);
}

/** A mailbox with characters beyond ASCII is bound by what binds other mailboxes. */
const formOf = (name: GeneralName): string =>
  name.kind === 'smtp-utf8' ? 'email' : name.kind === 'other' ? `other ${name.form}` : name.kind;

/** @returns null when it cannot be told */
function isWithin(name: GeneralName, base: GeneralName): boolean | null {
  if (name.kind === 'directory') return base.kind === 'directory' && isBelow(name.name, base.name);
  if (name.kind === 'other' || base.kind === 'other' || base.kind === 'directory') return null;
  if (name.kind === 'email' || name.kind === 'smtp-utf8') return isMailboxWithin(name.value, base.value);
  if (name.kind === 'dns') return isHostWithin(name.value, base.value, true);
  const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:@[\]]+)/i.exec(name.value)?.[1];
  return host === undefined ? null : isHostWithin(host, base.value, false);
}

/** A mailbox, all of a host, or with a leading period all of a domain below. @source RFC 5280 §4.2.1.10 */
function isMailboxWithin(mailbox: string, base: string): boolean | null {
  const at = mailbox.lastIndexOf('@');
  if (at < 0) return null;
  const of = base.lastIndexOf('@');
  const domain = mailbox.slice(at + 1);
  if (of < 0) return isHostWithin(domain, base, false);
  return isSameAddress(mailbox, base);
}

/** @param withSub whether names below count without a leading period, as they do for dNSName */
function isHostWithin(host: string, base: string, withSub: boolean): boolean | null {
  const name = asciiDomain(host);
  if (base === '') return withSub ? true : null;
  if (base.startsWith('.')) return name.endsWith(`.${asciiDomain(base.slice(1))}`);
  const domain = asciiDomain(base);
  return name === domain || (withSub && name.endsWith(`.${domain}`));
}

function shown(name: GeneralName): string {
  if (name.kind === 'directory') return name.name.text;
  return name.kind === 'other' ? name.form : name.value.slice(0, 300);
}
