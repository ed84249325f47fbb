/** Text as UTF-8, one character an octet: the form in which the test kit holds octets. */
export function utf8(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(/%([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCodePoint(Number.parseInt(hex, 16)),
  );
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base64 (RFC 4648 §4). @param octets one character an octet */
export function base64(octets: string): string {
  let written = '';
  for (let at = 0; at < octets.length; at += 3) {
    const three = [0, 1, 2].map((step) => octets.codePointAt(at + step) ?? 0);
    const bits = three.reduce((sum, octet) => sum * 256 + octet, 0);
    const digits = [18, 12, 6, 0].map((shift) => alphabet[(bits >> shift) & 63] ?? '');
    written += digits.map((digit, nth) => (at + nth > octets.length ? '=' : digit)).join('');
  }
  return written;
}

/** A word of a field's value (RFC 2047 §2) where it is not ASCII; at most some tens of characters. */
export function word(text: string): string {
  return /^[\u0020-\u007e]*$/.test(text) ? text : `=?utf-8?B?${base64(utf8(text))}?=`;
}
