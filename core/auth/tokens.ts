import { readFile, stat } from 'node:fs/promises';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { z } from 'zod';

/** Whose tokens are taken, as the configuration states it. */
export const tokenOptions = z.strictObject({
  /** What the token must say of who made it. */
  issuer: z.string({ error: "expected the issuer, such as 'https://login.example.org'" }).min(1).max(1_000),
  /** What the token must say of whom it is made for. */
  audience: z.string({ error: 'expected the audience' }).min(1).max(1_000),
  /** File with the issuer's public keys (RFC 7517 §5); read again when it changes. */
  jwks: z.string({ error: 'expected a file' }).min(1),
  /** The claim with the address of the user. */
  claim: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'expected the name of a claim')
    .default('email'),
});

export type TokenOptions = z.output<typeof tokenOptions>;

export type Tokens = {
  /** @returns the address the token is about; null when the token is not to be believed, for whatever reason */
  subjectOf(token: string, options: TokenOptions): Promise<string | null>;
};

type KeySet = { readonly changed: number; readonly find: ReturnType<typeof createLocalJWKSet> };

/** Signatures only: what is encrypted with a shared secret, or not signed at all, is no token here. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const longestToken = 16_384;

/** Checks JSON Web Tokens (RFC 7519) against keys in a file: no request goes out while a client waits. */
export function createTokens(): Tokens {
  const sets = new Map<string, KeySet>();

  async function keysIn(file: string): Promise<KeySet> {
    const changed = (await stat(file)).mtimeMs;
    const known = sets.get(file);
    if (known?.changed === changed) return known;
    const read = { changed, find: createLocalJWKSet(JSON.parse(await readFile(file, 'utf8'))) };
    sets.set(file, read);
    return read;
  }

  return {
    async subjectOf(token, { issuer, audience, jwks, claim }) {
      if (token.length > longestToken) return null;
      try {
        const { find } = await keysIn(jwks);
        const required = { issuer, audience, algorithms, requiredClaims: ['exp', claim], clockTolerance: 30 };
        const { payload } = await jwtVerify(token, find, required);
        const subject = payload[claim];
        return typeof subject === 'string' ? subject : null;
      } catch {
        return null;
      }
    },
  };
}
