/** ESMTP parameters by upper-case keyword; `true` when without a value. Null prototype: the keys are the client's. */
export type Parameters = Readonly<Record<string, string | true>>;

const keyword = /^[A-Za-z0-9][A-Za-z0-9-]*$/;
/** In Unicode too (RFC 6531 §3.3); which values a parameter takes is its own affair. */
const value = /^[\x21-\x3c\x3e-\x7e\u{a0}-\u{10ffff}]+$/u;

/**
 * Reads what follows the path in MAIL and RCPT. Which parameters there are is the step's business.
 *
 * @param text with its leading space; empty when there are none
 * @returns null when it is malformed or names a keyword twice
 * @source RFC 5321 §4.1.2
 */
export function parseParameters(text: string): Parameters | null {
  if (text === '') return none;
  if (!text.startsWith(' ')) return null;
  const found: Record<string, string | true> = Object.create(null);
  for (const word of text.split(' ')) {
    if (word === '') continue;
    const equals = word.indexOf('=');
    const name = (equals < 0 ? word : word.slice(0, equals)).toUpperCase();
    const given = equals < 0 ? true : word.slice(equals + 1);
    if (!keyword.test(name) || (given !== true && !value.test(given)) || name in found) return null;
    found[name] = given;
  }
  return found;
}

const none: Parameters = Object.freeze(Object.create(null));
