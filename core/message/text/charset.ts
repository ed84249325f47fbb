import iso2022jp from 'encoding-japanese';
import iconv from 'iconv-lite';
import { decodeUtf7 } from './utf-7.ts';

/** A charset text can be read and written in. */
export type Charset = {
  /** Lower case, as a Content-Type parameter. */
  readonly name: string;
  /**
   * `octets` ASCII is itself and no octet of another character is `<`, `>`, a quote or a line end; `shifted` the same
   * outside of escape sequences (ISO-2022-JP); `utf-16` two octets a unit; `foreign` none of it: convert before editing.
   */
  readonly layout: 'octets' | 'shifted' | 'utf-16' | 'foreign';
  decode(octets: Buffer): string;
  /** @returns null when the charset cannot represent the text */
  encode(text: string): Buffer | null;
};

const isAscii = (text: string): boolean => !/[^\0-\u007f]/.test(text);

export const utf8: Charset = {
  name: 'utf-8',
  layout: 'octets',
  decode: (octets) => octets.toString(),
  encode: (text) => Buffer.from(text),
};

/** `us-ascii` with octets beyond ASCII is read as UTF-8 where it is, else as windows-1252: what its writer meant. */
const usAscii: Charset = {
  name: 'us-ascii',
  layout: 'octets',
  decode: (octets) => decodeUndeclared(octets),
  encode: (text) => (isAscii(text) ? Buffer.from(text, 'latin1') : null),
};

/** Never written: to some readers its text could be markup. */
const utf7: Charset = {
  name: 'utf-7',
  layout: 'foreign',
  decode: decodeUtf7,
  encode: () => null,
};

const japanese: Charset = {
  name: 'iso-2022-jp',
  layout: 'shifted',
  decode: (octets) => iso2022jp.convert(octets, { from: 'JIS', to: 'UNICODE', type: 'string' }),
  encode(text) {
    if (isAscii(text)) return Buffer.from(text, 'latin1');
    const octets = Buffer.from(iso2022jp.convert(iso2022jp.stringToCode(text), { from: 'UNICODE', to: 'JIS' }));
    return this.decode(octets) === text ? octets : null;
  },
};

/** Names iconv-lite takes for encodings that are none. */
const noCharsets = new Set(['base64', 'hex', 'binary', 'ucs2', 'internal', 'utf8lossy', 'cesu8', 'utf7imap']);
const cache = new Map<string, Charset | null>();

/**
 * Looks a charset up.
 *
 * @param label of a Content-Type; null stands for us-ascii (RFC 2045 §5.2)
 * @returns null when nobody here knows it
 */
export function findCharset(label: string | null): Charset | null {
  const name = (label ?? 'us-ascii').toLowerCase();
  const known = cache.get(name);
  if (known !== undefined) return known;
  const charset = createCharset(name);
  if (cache.size < 500) cache.set(name, charset);
  return charset;
}

function createCharset(name: string): Charset | null {
  if (name === 'utf-8' || name === 'utf8') return utf8;
  if (name === 'us-ascii' || name === 'ascii' || name === 'ansi_x3.4-1968') return usAscii;
  if (/^(?:unicode-1-1-)?utf-?7$/.test(name)) return utf7;
  if (/^(?:cs)?iso-?2022-?jp(?:-?[12])?$/.test(name)) return japanese;
  const plain = name.replaceAll(/[^0-9a-z]/g, '');
  if (noCharsets.has(plain) || name.length > 40 || !iconv.encodingExists(name)) return null;
  if (plain === 'utf16le' || plain === 'utf16be' || plain === 'utf16') return utf16(name, plain);
  const layout =
    plain.startsWith('utf') || plain.startsWith('unicode') || plain.startsWith('ucs') ? 'foreign' : 'octets';
  const isLatin1 = plain === 'iso88591' || plain === 'latin1';
  return {
    name,
    layout,
    decode: (octets) => iconv.decode(octets, isLatin1 && hasControls(octets) ? 'windows-1252' : name),
    encode(text) {
      if (layout === 'octets' && isAscii(text)) return Buffer.from(text, 'latin1');
      const octets = iconv.encode(text, name);
      return iconv.decode(octets, name) === text ? octets : null;
    },
  };
}

/** Without a byte order mark UTF-16 is big-endian (RFC 2781 §4.3). */
function utf16(name: string, plain: string): Charset {
  return {
    name,
    layout: 'utf-16',
    decode: (octets) => iconv.decode(octets, utf16Order(octets, plain), { stripBOM: false }),
    encode: (text) => iconv.encode(text, plain === 'utf16le' ? 'utf-16le' : 'utf-16be', { addBOM: false }),
  };
}

/** @returns the byte order of a text in `utf16`, `utf16le` or `utf16be` */
export function utf16Order(octets: Buffer, plain: string): 'utf-16le' | 'utf-16be' {
  const little = plain === 'utf16le' || (plain === 'utf16' && octets[0] === 0xff && octets[1] === 0xfe);
  return little ? 'utf-16le' : 'utf-16be';
}

/** Latin-1 has controls where windows-1252 has quotes and dashes; nobody writes the controls. */
function hasControls(octets: Buffer): boolean {
  for (const code of octets) if (code >= 0x80 && code < 0xa0) return true;
  return false;
}

/** Text of which nobody said what it is: UTF-8 where it is valid, else windows-1252. */
export function decodeUndeclared(octets: Buffer): string {
  const text = octets.toString();
  return text.includes('\ufffd') ? iconv.decode(octets, 'windows-1252') : text;
}
