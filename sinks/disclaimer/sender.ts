import { decodeWords } from './words.ts';

/** The author of a message, as its From field says; `name` is the address when there is none. */
export type Sender = { readonly name: string; readonly address: string; readonly domain: string };

/** No From field worth reading is longer. */
const longest = 2_000;

/**
 * Reads the first mailbox of a From field (RFC 5322 §3.4): `"Doe, Jane" <jane@example.com>`, `jane@example.com
 * (Jane Doe)`, encoded-words decoded. Never fails: what cannot be read is taken from `fallback`.
 *
 * @param fallback the reverse-path
 */
export function readSender(from: string | null, fallback: string): Sender {
  const { phrase, address: bare, comment, inner } = split((from ?? '').slice(0, longest));
  const address = clean(inner ?? bare, 320).replaceAll(' ', '') || fallback;
  const name = clean(decodeWords(inner === null ? comment : phrase || comment), 120) || address;
  return { name, address, domain: domainOf(address) };
}

/** Lower case; '' when there is none. */
export function domainOf(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 0 ? '' : address.slice(at + 1).toLowerCase();
}

type Pieces = {
  readonly phrase: string;
  readonly address: string;
  readonly comment: string;
  /** Between angle brackets; null when there are none. */
  readonly inner: string | null;
};

type State = {
  phrase: string;
  raw: string;
  comment: string;
  inner: string | null;
  depth: number;
  place: 'text' | 'quote' | 'angle';
};

/** One pass over the first mailbox, up to a comma outside of quotes, comments and brackets; all empty when one of these stays open. */
function split(text: string): Pieces {
  const state: State = { phrase: '', raw: '', comment: '', inner: null, depth: 0, place: 'text' };
  for (let i = 0; i < text.length; i += 1) {
    const isEscaped = text[i] === '\\' && (state.place === 'quote' || state.depth > 0);
    if (isEscaped) i += 1;
    const character = text[i] ?? '';
    if (!isEscaped && state.place === 'text' && state.depth === 0 && character === ',') break;
    step(state, character, isEscaped);
  }
  const isOpen = state.place !== 'text' || state.depth > 0;
  if (isOpen) return { phrase: '', address: '', comment: '', inner: null };
  return { phrase: state.phrase, address: state.raw, comment: state.comment, inner: state.inner };
}

function step(state: State, character: string, isEscaped: boolean): void {
  if (state.place === 'angle') {
    if (character === '>') state.place = 'text';
    else state.inner = (state.inner ?? '') + character;
  } else if (state.depth > 0) {
    if (!isEscaped && character === '(') state.depth += 1;
    if (!isEscaped && character === ')') state.depth -= 1;
    if (state.depth > 0) state.comment += character;
  } else if (character === '"' && !isEscaped) {
    state.place = state.place === 'quote' ? 'text' : 'quote';
    state.raw += character;
  } else if (state.place === 'text' && character === '(') state.depth = 1;
  else if (state.place === 'text' && character === '<') Object.assign(state, { place: 'angle', inner: '' });
  else {
    state.phrase += character;
    state.raw += character;
  }
}

/** One line without control characters. */
function clean(text: string, most: number): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, most)
    .toWellFormed();
}
