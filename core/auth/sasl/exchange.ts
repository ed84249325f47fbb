import type { Verified } from '../auth.ts';

/** What a client proved, or failed to. `named` is who it said it is, for logs; never more than an address long. */
export type SaslOutcome = {
  readonly kind: 'done';
  readonly named: string;
  readonly verified: Verified;
};

/** How an exchange goes on: with another challenge, or not. */
export type SaslStep =
  | { readonly kind: 'challenge'; readonly octets: Buffer }
  /** The response is not what the mechanism asks for. */
  | { readonly kind: 'malformed' }
  | SaslOutcome;

/** One exchange of a mechanism, server side. `null`: the client has sent no initial response. */
export type SaslExchange = (response: Buffer | null) => SaslStep | Promise<SaslStep>;

/** `Auth.verify`, with the client's address filled in. */
export type VerifyPassword = (user: string, password: string) => Promise<Verified>;

/** Octets of a name in a log. */
const longestName = 320;

/** Checks what a mechanism has found out. */
export async function conclude(verify: VerifyPassword, user: string, password: string): Promise<SaslOutcome> {
  return { kind: 'done', named: user.slice(0, longestName), verified: await verify(user, password) };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @returns null when it is not UTF-8 or has a NUL */
export function readText(octets: Uint8Array): string | null {
  try {
    const text = utf8.decode(octets);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}
