const atext = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+$/;
const label = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
/** Inside the quotes: printable; `"` and `\` only after a `\`. Every character is read one way only. */
const quoted = /^"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"$/;
const literal = /^\[[A-Za-z0-9:.-]{2,64}\]$/;

/**
 * Whether it is a `Mailbox` of RFC 5321 §4.1.2 within the limits of §4.5.3.1, in ASCII, without angle brackets.
 *
 * LIMIT: no SMTPUTF8 (RFC 6531): the servers do not announce it yet.
 */
export function isAddress(text: string): boolean {
  if (text.length > 254) return false;
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
  return text.length <= 253 && (literal.test(text) || text.split('.').every((part) => label.test(part)));
}
