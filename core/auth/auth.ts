import { randomBytes } from 'node:crypto';
import type { Directory } from '../directory/directory.ts';
import { createGate } from './gate.ts';
import { hashPassword, isPassword } from './password.ts';
import { createThrottle } from './throttle.ts';

export { isConfidential } from './confidential.ts';
export { hashPassword } from './password.ts';

/** What became of credentials. */
export type Verified =
  /** `user` is the canonical address. */
  | { readonly kind: 'right'; readonly user: string }
  | { readonly kind: 'wrong' }
  /** Too many were wrong from where they come: they were not looked at. */
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
  let decoy: Promise<string> | null = null;

  /** The hash of a password nobody knows stands in for a user who does not exist. */
  const decoyHash = (): Promise<string> => (decoy ??= hashPassword(randomBytes(24).toString('base64')));

  return {
    async verify(address, password, from) {
      if (throttle.isHeld(from)) return { kind: 'held' };
      const resolved = await directory.resolve(address);
      const user = resolved.kind === 'user' ? resolved.user : null;
      const hash = await directory.passwordOf(user ?? '');
      const instead = await decoyHash();
      const isRight = await gate(() => isPassword(password, hash ?? instead));
      if (user === null || hash === null || !isRight) {
        throttle.failed(from);
        return { kind: 'wrong' };
      }
      throttle.succeeded(from);
      return { kind: 'right', user };
    },
  };
}
