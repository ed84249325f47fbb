import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII, domainToUnicode } from 'node:url';
import { readDotted, tokenEnd } from './token.ts';

const label = /[A-Za-z0-9-]+/y;
const literal = /\[[\x21-\x5a\x5e-\x7e]+\]/y;

/**
 * A domain in U-labels is compared, routed and looked up in A-labels, so it becomes them here, once. Nothing is mapped
 * on the way: a letter or dot that only looks like another would be read by one party this way and by another that.
 *
 * @returns null when it is none
 * @source RFC 5890 §2.3.2.1, RFC 6531 §3.3
 */
export function readDomain(text: string): string | null {
  if (isDomain(text)) return text;
  if (isAscii(text)) return null;
  const ascii = domainToASCII(text);
  const isULabels = text.split('.').every(isLabel) && domainToUnicode(ascii) === text.toLowerCase();
  return isDomain(ascii) && isULabels ? ascii : null;
}

/** Whether this is `Domain` or `address-literal` of RFC 5321 §4.1.2 and §4.1.3. */
export function isDomain(text: string): boolean {
  if (text.length > 255) return false;
  if (text.startsWith('[')) return isAddressLiteral(text);
  const end = readDotted(text, 0, label);
  return end === text.length && end > 0 && text.split('.').every(isLabel);
}

function isLabel(text: string): boolean {
  return text.length <= 63 && !text.startsWith('-') && !text.endsWith('-');
}

function isAddressLiteral(text: string): boolean {
  if (tokenEnd(literal, text, 0) !== text.length) return false;
  const inner = text.slice(1, -1);
  return /^ipv6:/i.test(inner) ? isIPv6(inner.slice(5)) && !inner.includes('%') : isIPv4(inner);
}

/** Whether it can go without SMTPUTF8. */
export const isAscii = (text: string): boolean => !/[^\0-\x7f]/.test(text);
