import { joinContinuations } from './continuations.ts';
import type { Range } from './part.ts';

/**
 * The body of a structured MIME field: a value and parameters.
 *
 * @source RFC 2045 §5.1, RFC 2231
 */
export type Parameterised = {
  /** Lower case, comments and white space removed. */
  readonly value: string;
  /** Where the value ends in the text that was parsed. */
  readonly valueEnd: number;
  /** By lower-case name; RFC 2231 continuations joined and decoded. The first of equal names wins. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Names of those that said their charset: characters, where the others are octets, one character each. */
  readonly decoded: ReadonlySet<string>;
};

/** One parameter as written: `*` and what follows it are part of the name. */
export type Raw = { readonly name: string; readonly value: string; readonly span: Range };

/** What an absent field is read as. */
export const noParameters: Parameterised = { value: '', valueEnd: 0, parameters: new Map(), decoded: new Set() };

/**
 * Parses leniently, in one pass: never fails, and keeps what it can.
 *
 * @param text the field body as written, folds included, one character an octet
 */
export function parseParameterised(text: string): Parameterised {
  const start = skipComments(text, 0);
  const valueEnd = endOfValue(text, start);
  const value = text.slice(start, valueEnd).toLowerCase();
  return { value, valueEnd, ...joinContinuations(readParameters(text, valueEnd)) };
}

/** Where the first parameter of that name has its value in the text, quotes included; null when it is not plainly written. */
export function spanOf(text: string, { valueEnd }: Parameterised, name: string): Range | null {
  return readParameters(text, valueEnd).find((raw) => raw.name === name)?.span ?? null;
}

/** At most 100 of them. */
function readParameters(text: string, valueEnd: number): readonly Raw[] {
  const raw: Raw[] = [];
  for (let at = afterSemicolon(text, valueEnd); at < text.length && raw.length < 100;) {
    const found = readParameter(text, at);
    if (found.raw) raw.push(found.raw);
    at = afterSemicolon(text, found.next);
  }
  return raw;
}

const isSpace = (code: number): boolean => code === 32 || code === 9 || code === 13 || code === 10;

/** White space and (nested) comments. */
function skipComments(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x28) depth += 1;
    else if (code === 0x29 && depth > 0) depth -= 1;
    else if (code === 0x5c && depth > 0) at += 1;
    else if (depth === 0 && !isSpace(code)) return at;
  }
  return text.length;
}

/** Whether a text is white space and comments only. */
export const isComment = (text: string): boolean => skipComments(text, 0) === text.length;

function endOfValue(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x3b || code === 0x28 || isSpace(code)) return at;
  }
  return text.length;
}

function afterSemicolon(text: string, from: number): number {
  let at = skipComments(text, from);
  if (text.charCodeAt(at) !== 0x3b) {
    const next = text.indexOf(';', at);
    if (next < 0) return text.length;
    at = next;
  }
  while (text.charCodeAt(at) === 0x3b) at = skipComments(text, at + 1);
  return at;
}

function readParameter(text: string, from: number): { readonly raw: Raw | null; readonly next: number } {
  let at = from;
  while (at < text.length && text[at] !== '=' && text[at] !== ';' && !isSpace(text.charCodeAt(at))) at += 1;
  const name = text.slice(from, at).toLowerCase();
  at = skipComments(text, at);
  if (text[at] !== '=') return { raw: null, next: at };
  at = skipComments(text, at + 1);
  const { value, next } = text[at] === '"' ? readQuoted(text, at) : readToken(text, at);
  return { raw: { name, value, span: { from: at, to: next } }, next };
}

function readQuoted(text: string, from: number): { readonly value: string; readonly next: number } {
  const pieces: string[] = [];
  let piece = from + 1;
  for (let at = piece; at < text.length; at += 1) {
    const char = text[at];
    if (char === '"') return { value: unfold(pieces.join('') + text.slice(piece, at)), next: at + 1 };
    if (char !== '\\') continue;
    pieces.push(text.slice(piece, at));
    piece = at + 1;
    at += 1;
  }
  return { value: unfold(pieces.join('') + text.slice(piece)), next: text.length };
}

/** An unquoted value runs to the semicolon: file names and boundaries with spaces are written like that. */
function readToken(text: string, from: number): { readonly value: string; readonly next: number } {
  let at = from;
  while (at < text.length && text[at] !== ';' && !(text[at] === '(' && isSpace(text.charCodeAt(at - 1)))) at += 1;
  while (at > from && isSpace(text.charCodeAt(at - 1))) at -= 1;
  return { value: unfold(text.slice(from, at)), next: at };
}

const unfold = (value: string): string => (value.includes('\n') ? value.replaceAll(/\r?\n(?=[ \t])/g, '') : value);
