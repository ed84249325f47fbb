import { randomBytes } from 'node:crypto';
import type { Directory } from '../directory/directory.ts';
import { createGate } from './gate.ts';
import { hashPassword, isPassword, scramKeysOf } from './password.ts';
import { madeUpKeys, type ScramKeys } from './scram-keys.ts';
import { createThrottle } from './throttle.ts';
import { createTokens, type TokenOptions } from './tokens.ts';

export { isConfidential } from './confidential.ts';
export { hashPassword } from './password.ts';

/** What became of credentials. */
export type Verified =
  /** `user` is the canonical address. */
  | { readonly kind: 'right'; readonly user: string }
  | { readonly kind: 'wrong' }
  /** Too many were wrong from where they come: they were not looked at. */
  | { readonly kind: 'held' };

/** What SCRAM checks a proof with. Made up when `user` is null: there is nobody of that name. */
export type ScramLookup =
  | { readonly kind: 'keys'; readonly user: string | null; readonly keys: ScramKeys }
  | { readonly kind: 'held' };

/** Who the client is. */
export type Auth = {
  /**
   * The same work whether the user exists or not, so that the time says nothing.
   *
   * @param user an address, in any case
   * @param from the client's IP address: failures are counted by it
   * @throws Fault `auth.busy` when too many wait
   */
  verify(user: string, password: string, from: string): Promise<Verified>;
  /** @param user an address, in any case. @param from as above */
  scramKeys(user: string, from: string): Promise<ScramLookup>;
  /** Counts what a mechanism found out by itself. @param user canonical; null: nobody */
  settle(user: string | null, from: string): Verified;
  /** @param user whom the token must be for; null: whoever it is for. Never throws: a token that cannot be checked is wrong */
  verifyToken(token: string, user: string | null, options: TokenOptions, from: string): Promise<Verified>;
};

export type AuthOptions = {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Checks at the same time: each takes a thread of libuv's four, which files need too. */
  readonly parallel?: number;
  /** Checks that may wait for their turn. */
  readonly waiting?: number;
};

export function openAuth(
  directory: Pick<Directory, 'resolve' | 'passwordOf'>,
  { parallel = 2, waiting = 100, now }: AuthOptions,
): Auth {
  const gate = createGate(parallel, waiting);
  const throttle = createThrottle({ now });
  const tokens = createTokens();
  const secret = randomBytes(32);
  let decoy: Promise<string> | null = null;

  /** The hash of a password nobody knows stands in for a user who does not exist. */
  const decoyHash = (): Promise<string> => (decoy ??= hashPassword(randomBytes(24).toString('base64')));

  async function userOf(address: string): Promise<string | null> {
    const resolved = await directory.resolve(address);
    return resolved.kind === 'user' ? resolved.user : null;
  }

  function settle(user: string | null, from: string): Verified {
    if (user === null) throttle.failed(from);
    else throttle.succeeded(from);
    return user === null ? { kind: 'wrong' } : { kind: 'right', user };
  }

  return {
    settle,
    async scramKeys(address, from) {
      if (throttle.isHeld(from)) return { kind: 'held' };
      const user = await userOf(address);
      const hash = await directory.passwordOf(user ?? '');
      const keys = hash === null ? null : scramKeysOf(hash);
      return { kind: 'keys', user: keys && user, keys: keys ?? madeUpKeys(secret, address) };
    },
    async verifyToken(token, address, options, from) {
      if (throttle.isHeld(from)) return { kind: 'held' };
      const subject = await tokens.subjectOf(token, options);
      const user = subject === null ? null : await userOf(subject);
      const isTheirs = address === null || (await userOf(address)) === user;
      return settle(isTheirs ? user : null, from);
    },
    async verify(address, password, from) {
      if (throttle.isHeld(from)) return { kind: 'held' };
      const user = await userOf(address);
      const hash = await directory.passwordOf(user ?? '');
      const instead = await decoyHash();
      const isRight = await gate(() => isPassword(password, hash ?? instead));
      return settle(hash !== null && isRight ? user : null, from);
    },
  };
}
