import { isIPv4, isIPv6 } from 'node:net';

/**
 * A mailbox address as the envelope carries it. The one parser here serves routing and policy alike: two parsers that
 * read an address differently are a hole (nodemailer before 7.0.7 sent mail for a quoted local-part to another domain).
 */
export type Address = {
  /** Local-part and domain in one canonical form: quoted only where RFC 5321 §4.1.2 needs it, case as written. */
  readonly text: string;
  /** Without quotes and backslashes. Compared with regard to case here: `Bob` and `bob` are two recipients. */
  readonly localPart: string;
  /** As written, address literal included; empty only for `<Postmaster>`. */
  readonly domain: string;
};

export type PathProblem = 'syntax' | 'non-ascii' | 'too-long';

export type ReadPath =
  /** `address` is null for the null reverse-path `<>`; `end` is the index after `>`. */
  | { readonly kind: 'path'; readonly address: Address | null; readonly end: number }
  | { readonly kind: 'invalid'; readonly problem: PathProblem };

/** Octets of a path, angle brackets included (RFC 5321 §4.5.3.1.3). */
const longestPath = 256;

/** One token each, anchored where reading stands: nothing here can backtrack. */
const atom = /[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+/y;
const label = /[A-Za-z0-9-]+/y;
const literal = /\[[\x21-\x5a\x5e-\x7e]+\]/y;
const quotedText = /[\x20\x21\x23-\x5b\x5d-\x7e]+/y;
const quotedPair = /\\[\x20-\x7e]/y;

/**
 * Reads a Reverse-path or Forward-path with its angle brackets. A source route is read and dropped, as RFC 5321
 * appendix C wants.
 *
 * @param from index of `<`
 * @source RFC 5321 §4.1.2
 */
export function readPath(text: string, from: number): ReadPath {
  const end = endOfPath(text, from);
  const path = text.slice(from, end);
  if (/[\x80-\uffff]/.test(path)) return { kind: 'invalid', problem: 'non-ascii' };
  if (path.length > longestPath) return { kind: 'invalid', problem: 'too-long' };
  if (!path.startsWith('<') || !path.endsWith('>')) return { kind: 'invalid', problem: 'syntax' };
  if (path === '<>') return { kind: 'path', address: null, end };
  const route = routeLength(path.slice(1, -1));
  const address = route < 0 ? null : parseAddress(path.slice(1 + route, -1));
  return address ? { kind: 'path', address, end } : { kind: 'invalid', problem: 'syntax' };
}

/**
 * Reads `Mailbox`, or `postmaster` without a domain (RFC 5321 §4.1.1.3).
 *
 * @returns null when it is none
 */
export function parseAddress(text: string): Address | null {
  if (text.length > longestPath - 2) return null;
  if (text.toLowerCase() === 'postmaster') return { text, localPart: text, domain: '' };
  const quoted = text.startsWith('"');
  const local = quoted ? readQuoted(text) : { value: '', end: readDotted(text, 0, atom) };
  if (local.end <= 0 || text[local.end] !== '@' || !isDomain(text.slice(local.end + 1))) return null;
  const localPart = quoted ? local.value : text.slice(0, local.end);
  const domain = text.slice(local.end + 1);
  return { text: `${quoteLocalPart(localPart)}@${domain}`, localPart, domain };
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

/** @returns the index after the last element; 0 when there is none, -1 after a dot that nothing follows */
function readDotted(text: string, from: number, element: RegExp): number {
  let end = tokenEnd(element, text, from);
  while (end > from && text[end] === '.') {
    const next = tokenEnd(element, text, end + 1);
    if (next === end + 1) return -1;
    end = next;
  }
  return end;
}

/** Quoted-string of RFC 5321 §4.1.2. An empty one names nobody and is refused (Dovecot CVE-2020-10967). */
function readQuoted(text: string): { readonly value: string; readonly end: number } {
  let value = '';
  let at = 1;
  for (;;) {
    const plain = tokenEnd(quotedText, text, at);
    value += text.slice(at, plain);
    const pair = tokenEnd(quotedPair, text, plain);
    if (pair === plain) {
      const closes = text[plain] === '"' && value !== '';
      return { value, end: closes ? plain + 1 : -1 };
    }
    value += text.slice(plain + 1, pair);
    at = pair;
  }
}

function quoteLocalPart(localPart: string): string {
  const isDotString = readDotted(localPart, 0, atom) === localPart.length;
  return isDotString ? localPart : `"${localPart.replace(/["\\]/g, '\\$&')}"`;
}

/** Where the path ends: after the first `>` outside quotes, or at the end of the text when there is none. */
function endOfPath(text: string, from: number): number {
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (quoted && char === '\\') at++;
    else if (char === '"') quoted = !quoted;
    else if (char === '>' && !quoted) return at + 1;
  }
  return text.length;
}

/** @returns octets of `@one,@two:` before the mailbox; 0 without a source route, -1 when it is malformed */
function routeLength(text: string): number {
  if (!text.startsWith('@')) return 0;
  const end = text.indexOf(':');
  const hops = end < 0 ? [] : text.slice(0, end).split(',');
  return hops.length > 0 && hops.every((hop) => hop.startsWith('@') && isDomain(hop.slice(1))) ? end + 1 : -1;
}

function tokenEnd(token: RegExp, text: string, from: number): number {
  token.lastIndex = from;
  return token.test(text) ? token.lastIndex : from;
}
