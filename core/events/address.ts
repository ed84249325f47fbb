import { domainToASCII } from 'node:url';

/** What is not ASCII, control characters and line ends of Unicode left out (RFC 6531 §3.3). */
const beyond = '\\u{a0}-\\u{2027}\\u{202a}-\\u{d7ff}\\u{e000}-\\u{10ffff}';
const atext = new RegExp(`^[A-Za-z0-9!#$%&'*+/=?^_\`{|}~${beyond}-]+$`, 'u');
const label = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
/** Inside the quotes: printable; `"` and `\` only after a `\`. Every character is read one way only. */
const quoted = new RegExp(`^"(?:[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e${beyond}]|\\\\[\\x20-\\x7e])*"$`, 'u');
const literal = /^\[[A-Za-z0-9:.-]{2,64}\]$/;

/**
 * Whether it is a `Mailbox` of RFC 5321 §4.1.2, or of RFC 6531 §3.3 where it is not ASCII, within the limits of §4.5.3.1,
 * without angle brackets. How a domain in U-labels is compared is for those to say who take mail for it.
 */
export function isAddress(text: string): boolean {
  if (Buffer.byteLength(text) > 254) return false;
  const at = text.lastIndexOf('@');
  return at > 0 && at <= 64 && isLocalPart(text.slice(0, at)) && isDomain(text.slice(at + 1));
}

/** Two addresses of one mailbox: the local part as written, the domain without regard to case (RFC 5321 §2.4). */
export function isSameAddress(a: string, b: string): boolean {
  return a === b || (a.length === b.length && withLowerDomain(a) === withLowerDomain(b));
}

function withLowerDomain(address: string): string {
  const at = address.lastIndexOf('@') + 1;
  return address.slice(0, at) + address.slice(at).toLowerCase();
}

function isLocalPart(text: string): boolean {
  return text.startsWith('"') ? quoted.test(text) : text.split('.').every((atom) => atext.test(atom));
}

function isDomain(text: string): boolean {
  const labels = toAscii(text).split('.');
  return text.length <= 253 && (literal.test(text) || labels.every((part) => label.test(part)));
}

/** ASCII stays as it is: what `domainToASCII` maps in it is no domain here. */
const toAscii = (domain: string): string => (/[^\0-\x7f]/.test(domain) ? domainToASCII(domain) : domain);
