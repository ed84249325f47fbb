import { domainToASCII } from 'node:url';

/** A domain in its ASCII form, lower case; one that has none stays as it is, in lower case. @source RFC 5890 §2.3.2.1 */
export function asciiDomain(domain: string): string {
  const isPlain = /^[\w.-]*$/.test(domain);
  return (isPlain ? '' : domainToASCII(domain).toLowerCase()) || domain.toLowerCase();
}

/** How local parts are compared. RFC 5321 §2.4 lets them depend on case; people and directories do not. */
export type LocalPartRule = 'case-insensitive' | 'exact';

/** Whether two addresses are the same mailbox: the domain by its ASCII form, the local part by the rule. */
export function isSameAddress(one: string, other: string, rule: LocalPartRule = 'case-insensitive'): boolean {
  return comparableAddress(one, rule) === comparableAddress(other, rule);
}

/** A form of an address in which the same mailboxes are equal. */
export function comparableAddress(address: string, rule: LocalPartRule = 'case-insensitive'): string {
  const at = address.lastIndexOf('@');
  const local = address.slice(0, Math.max(at, 0)).normalize('NFC');
  const domain = asciiDomain(address.slice(at + 1));
  return `${rule === 'exact' ? local : local.toLowerCase()}@${domain}`;
}
