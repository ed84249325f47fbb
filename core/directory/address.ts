import { domainToASCII } from 'node:url';

/** An address in the form the directory compares: the domain and the local part without regard to case. */
export type DirectoryAddress = { readonly localPart: string; readonly domain: string };

/**
 * RFC 5321 §2.4 leaves the local part to the host that owns it; here `Bob`, `bob` and `"bob"` are one user, and
 * only ASCII letters are folded; of two ways to write a letter in Unicode there is one (NFC, RFC 6532 §3.1).
 *
 * @returns null when there is no local part or no domain
 */
export function readAddress(address: string): DirectoryAddress | null {
  const at = address.lastIndexOf('@');
  if (at < 1 || at === address.length - 1) return null;
  const localPart = foldCase(unquoted(address.slice(0, at))).normalize('NFC');
  return localPart === '' ? null : { localPart, domain: domainOf(address.slice(at + 1)) };
}

/** In A-labels: `bücher.example` is `xn--bcher-kva.example` (RFC 5890 §2.3.2.1). */
function domainOf(domain: string): string {
  return foldCase(/[^\0-\x7f]/.test(domain) ? domainToASCII(domain) : domain);
}

/** ASCII letters only: what Unicode folds together may be two users. */
export const foldCase = (text: string): string => text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** A quoted string means what it quotes: RFC 5321 §4.1.2. */
function unquoted(text: string): string {
  const isQuoted = text.length >= 2 && text.startsWith('"') && text.endsWith('"');
  return isQuoted ? text.slice(1, -1).replaceAll(/\\(.)/g, '$1') : text;
}
