/**
 * Extended response codes we give: what a client may act on without reading the text.
 *
 * @source RFC 2449 §8 (IN-USE), RFC 3206 §4 (SYS/TEMP, SYS/PERM), §5 (AUTH)
 */
export type ResponseCode = 'IN-USE' | 'AUTH' | 'SYS/TEMP' | 'SYS/PERM';

/** What the server says to one command; formatting and dot-stuffing are `format.ts`'s business. */
export type Response =
  | { readonly kind: 'ok'; readonly text: string; readonly closes: boolean }
  | { readonly kind: 'err'; readonly text: string; readonly code: ResponseCode | null; readonly closes: boolean }
  /** `+ ` and the octets in base64; the next line answers it (RFC 5034 §4). */
  | { readonly kind: 'challenge'; readonly octets: Uint8Array; readonly closes: false }
  /** `+OK`, and then the handshake. */
  | { readonly kind: 'start-tls'; readonly text: string; readonly closes: false }
  /** `+OK`, then these lines, then the dot. */
  | { readonly kind: 'listing'; readonly text: string; readonly lines: readonly string[]; readonly closes: false }
  /** `+OK`, then the octets of a message (or its top), then the dot. */
  | { readonly kind: 'message'; readonly text: string; readonly octets: Uint8Array; readonly closes: false };

/** @returns `+OK text` */
export const ok = (text: string): Response => ({ kind: 'ok', text, closes: false });

/** @returns `-ERR [code] text`; without the brackets when `code` is left out */
export const err = (text: string, code: ResponseCode | null = null): Response => ({
  kind: 'err',
  text,
  code,
  closes: false,
});

export const challenge = (octets: Uint8Array): Response => ({ kind: 'challenge', octets, closes: false });

export const startTls: Response = { kind: 'start-tls', text: 'begin TLS', closes: false };

/** @returns `+OK text` and one line an item (RFC 1939 §3, multi-line responses) */
export const listing = (text: string, lines: readonly string[]): Response => ({
  kind: 'listing',
  text,
  lines,
  closes: false,
});

/** @returns `+OK text` and the octets of a message, which go out dot-stuffed */
export const message = (text: string, octets: Uint8Array): Response => ({
  kind: 'message',
  text,
  octets,
  closes: false,
});

/** The same single-line response, after which the server closes the connection. */
export function closing(response: Response): Response {
  return response.kind === 'ok' || response.kind === 'err' ? { ...response, closes: true } : response;
}
