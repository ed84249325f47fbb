/**
 * Decodes the encoded-words of a header value (RFC 2047) in UTF-8, US-ASCII and ISO-8859-1; others stay as they are.
 * White space between two encoded-words goes (§6.2).
 */
export function decodeWords(value: string): string {
  return value
    .replaceAll(/(\?=)\s+(?==\?)/g, '$1')
    .replaceAll(
      /=\?([^?\s]{1,40})\?([bq])\?([^?\s]{0,200})\?=/gi,
      (whole, charset: string, coding: string, text: string) => {
        const octets = coding.toLowerCase() === 'b' ? decodeBase64(text) : decodeQ(text);
        return decodeCharset(octets, charset.toLowerCase().split('*', 1)[0] ?? '') ?? whole;
      },
    );
}

function decodeCharset(octets: readonly number[], charset: string): string | null {
  if (charset === 'iso-8859-1') return String.fromCharCode(...octets);
  if (charset !== 'utf-8' && charset !== 'us-ascii') return null;
  try {
    return decodeURIComponent(octets.map((octet) => `%${octet.toString(16).padStart(2, '0')}`).join(''));
  } catch {
    return null;
  }
}

function decodeQ(text: string): readonly number[] {
  const octets: number[] = [];
  for (let i = 0; i < text.length; i += 1) {
    const hex = text[i] === '=' ? text.slice(i + 1, i + 3) : '';
    if (/^[0-9a-f]{2}$/i.test(hex)) {
      octets.push(Number.parseInt(hex, 16));
      i += 2;
    } else octets.push(text[i] === '_' ? 0x20 : text.charCodeAt(i) & 0xff);
  }
  return octets;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function decodeBase64(text: string): readonly number[] {
  const octets: number[] = [];
  let bits = 0;
  let count = 0;
  for (const character of text) {
    const value = alphabet.indexOf(character);
    if (value < 0) continue;
    bits = ((bits << 6) | value) & 0xffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      octets.push((bits >> count) & 0xff);
    }
  }
  return octets;
}
