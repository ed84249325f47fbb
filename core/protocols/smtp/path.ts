import { isAscii, isDomain, readDomain } from './domain.ts';
import { readDotted, tokenEnd } from './token.ts';

/**
 * A mailbox address as the envelope carries it. The one parser here serves routing and policy alike: two parsers that
 * read an address differently are a hole (nodemailer before 7.0.7 sent mail for a quoted local-part to another domain).
 */
export type Address = {
  /** Local-part and domain in one canonical form: quoted only where RFC 5321 §4.1.2 needs it, case as written. */
  readonly text: string;
  /** Without quotes and backslashes. Compared with regard to case here: `Bob` and `bob` are two recipients. */
  readonly localPart: string;
  /** As written, address literal included; what is not ASCII in A-labels (RFC 5890). Empty only for `<Postmaster>`. */
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
const atom = /[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u{a0}-\u{2027}\u{202a}-\u{d7ff}\u{e000}-\u{10ffff}]+/uy;
const quotedText = /[\x20\x21\x23-\x5b\x5d-\x7e\u{a0}-\u{2027}\u{202a}-\u{d7ff}\u{e000}-\u{10ffff}]+/uy;
const quotedPair = /\\[\x20-\x7e]/y;

/**
 * Reads a Reverse-path or Forward-path with its angle brackets. A source route is read and dropped, as RFC 5321
 * appendix C wants.
 *
 * @param from index of `<`
 * @param allows `utf8` where the client may use SMTPUTF8
 * @source RFC 5321 §4.1.2, RFC 6531 §3.3
 */
export function readPath(text: string, from: number, allows: 'ascii' | 'utf8' = 'ascii'): ReadPath {
  const end = endOfPath(text, from);
  const path = text.slice(from, end);
  if (allows === 'ascii' && !isAscii(path)) return { kind: 'invalid', problem: 'non-ascii' };
  if (Buffer.byteLength(path) > longestPath) return { kind: 'invalid', problem: 'too-long' };
  if (!path.startsWith('<') || !path.endsWith('>')) return { kind: 'invalid', problem: 'syntax' };
  if (path === '<>') return { kind: 'path', address: null, end };
  const route = routeLength(path.slice(1, -1));
  const address = route < 0 ? null : parseAddress(path.slice(1 + route, -1));
  return address ? { kind: 'path', address, end } : { kind: 'invalid', problem: 'syntax' };
}

/**
 * Reads `Mailbox`, or `postmaster` without a domain (RFC 5321 §4.1.1.3); in Unicode too (RFC 6531 §3.3).
 *
 * @returns null when it is none
 */
export function parseAddress(text: string): Address | null {
  if (Buffer.byteLength(text) > longestPath - 2) return null;
  if (text.toLowerCase() === 'postmaster') return { text, localPart: text, domain: '' };
  const quoted = text.startsWith('"');
  const local = quoted ? readQuoted(text) : { value: '', end: readDotted(text, 0, atom) };
  if (local.end <= 0 || text[local.end] !== '@') return null;
  const domain = readDomain(text.slice(local.end + 1));
  if (domain === null) return null;
  const localPart = quoted ? local.value : text.slice(0, local.end);
  return { text: `${quoteLocalPart(localPart)}@${domain}`, localPart, domain };
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
