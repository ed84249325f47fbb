import { findCharset } from './text/charset.ts';

/** Octets of text one encoded-word of at most 75 characters holds in base64: `=?utf-8?B?` and `?=` take 12. */
const room = 45;

/**
 * Text as encoded-words in UTF-8, separated by single spaces, each at most 75 characters.
 *
 * @source RFC 2047 §2, §4.1
 */
function encodeWords(text: string): string {
  const words: string[] = [];
  let piece = '';
  for (const char of text) {
    if (Buffer.byteLength(piece + char) > room) {
      words.push(encodeWord(piece));
      piece = '';
    }
    piece += char;
  }
  return [...words, encodeWord(piece)].join(' ');
}

const encodeWord = (text: string): string => `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`;

/**
 * A field value in ASCII: words that are not become encoded-words, the others stay.
 *
 * @param structured whether the value is a list of addresses: then whole quoted strings are encoded (RFC 2047 §5 (3))
 * @returns null when something outside of a phrase would have to be encoded, such as an address
 */
export function encodeValue(value: string, structured: boolean): string | null {
  if (!/[^\0-\u007f]/.test(value)) return value;
  if (!structured) return encodeRuns(value.split(' '), (words) => words.join(' ')).join(' ');
  const tokens = tokensOf(value);
  if (tokens.some((token) => !isAscii(token) && /[<>@]/.test(token) && !token.startsWith('"'))) return null;
  const words = encodeRuns(tokens, (run) => run.map(unquote).join(' '));
  return words.reduce((text, word) => (text === '' || ',;:'.includes(word) ? text + word : `${text} ${word}`), '');
}

const isAscii = (text: string): boolean => !/[^\0-\u007f]/.test(text);

/** White space between two encoded-words is not seen (RFC 2047 §6.2), so a run of words, and of spaces, is one text. */
function encodeRuns(words: readonly string[], join: (words: readonly string[]) => string): readonly string[] {
  const out: string[] = [];
  let run: string[] = [];
  const flush = (): void => {
    const end = run.findLastIndex((word) => word !== '') + 1;
    if (end > 0) out.push(encodeWords(join(run.slice(0, end))));
    out.push(...run.slice(end));
    run = [];
  };
  for (const word of words) {
    const goesOn = !isAscii(word) || (word === '' && run.length > 0);
    if (!goesOn) flush();
    (goesOn ? run : out).push(word);
  }
  flush();
  return out;
}

/** Splits at spaces and around `,;:()`, but not inside quotes and angle brackets. */
function tokensOf(value: string): string[] {
  const tokens: string[] = [];
  let token = '';
  let quoted = false;
  for (let at = 0; at < value.length; at += 1) {
    const char = value[at] ?? '';
    if (quoted && char === '\\') token += char + (value[(at += 1)] ?? '');
    else if (char === ' ' && !quoted) {
      if (token !== '') tokens.push(token);
      token = '';
    } else if (',;:()'.includes(char) && !quoted && !token.startsWith('<')) {
      if (token !== '') tokens.push(token);
      tokens.push(char);
      token = '';
    } else {
      if (char === '"') quoted = !quoted;
      token += char;
    }
  }
  return token === '' ? tokens : [...tokens, token];
}

const unquote = (token: string): string =>
  token.startsWith('"') ? token.replaceAll('"', '').replaceAll('\\', '') : token;

/**
 * Decodes the encoded-words of a value. What is no valid encoded-word stays as written.
 *
 * @source RFC 2047
 */
export function decodeWords(value: string): string {
  if (!value.includes('=?')) return value;
  let out = '';
  let gap = '';
  let afterWord = false;
  for (const piece of value.split(/([ \t]+)/)) {
    if (/^[ \t]+$/.test(piece)) {
      gap = piece;
      continue;
    }
    const word = decodeWord(piece);
    out += (word !== null && afterWord ? '' : gap) + (word ?? piece);
    afterWord = word !== null;
    gap = '';
  }
  return out + gap;
}

function decodeWord(word: string): string | null {
  const [start, label, method, text, end, ...more] = word.split('?');
  if (start !== '=' || end !== '=' || more.length > 0 || label === undefined || text === undefined) return null;
  const charset = findCharset(label.split('*')[0] ?? '');
  if (!charset) return null;
  if (method === 'B' || method === 'b') return charset.decode(Buffer.from(text, 'base64'));
  if (method !== 'Q' && method !== 'q') return null;
  const octets = text
    .replaceAll('_', ' ')
    .replaceAll(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return charset.decode(Buffer.from(octets, 'latin1'));
}
