import type { ScramLookup, Verified } from '../auth.ts';
import type { ChannelBindings } from '../channel-bindings.ts';

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

/** What mechanisms check with: `Auth`, with what is known of the client's connection filled in. */
export type Verifier = {
  verify(user: string, password: string): Promise<Verified>;
  scramKeys(user: string): Promise<ScramLookup>;
  /** The mechanism itself found out who it is; null: nobody. */
  settle(user: string | null): Verified;
  /** Null: no tokens are taken. `user` is who the client says it is; null when it leaves that to the token. */
  readonly verifyToken: ((token: string, user: string | null) => Promise<Verified>) | null;
  /** Null without TLS. */
  readonly bindings: ChannelBindings | null;
};

/** Octets of a name in a log. */
export const longestName = 320;

/** Checks what a mechanism has found out. */
export async function conclude(verifier: Verifier, user: string, password: string): Promise<SaslOutcome> {
  return { kind: 'done', named: user.slice(0, longestName), verified: await verifier.verify(user, password) };
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
