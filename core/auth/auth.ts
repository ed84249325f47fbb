import { randomBytes } from 'node:crypto';
import type { Directory } from '../directory/directory.ts';
import { createGate } from './gate.ts';
import { hashPassword, isPassword } from './password.ts';

export { hashPassword } from './password.ts';

/** Who the client is. */
export type Auth = {
  /**
   * The same work whether the user exists or not, so that the time says nothing.
   *
   * @param user an address, in any case
   * @returns the canonical address; null when user or password is wrong
   * @throws Fault `auth.busy` when too many wait
   */
  verify(user: string, password: string): Promise<string | null>;
};

export type AuthOptions = {
  /** Checks at the same time: each takes a thread of libuv's four, which files need too. */
  readonly parallel?: number;
  /** Checks that may wait for their turn. */
  readonly waiting?: number;
};

export function openAuth(
  directory: Pick<Directory, 'resolve' | 'passwordOf'>,
  { parallel = 2, waiting = 100 }: AuthOptions = {},
): Auth {
  const gate = createGate(parallel, waiting);
  let decoy: Promise<string> | null = null;

  /** The hash of a password nobody knows stands in for a user who does not exist. */
  const decoyHash = (): Promise<string> => (decoy ??= hashPassword(randomBytes(24).toString('base64')));

  return {
    async verify(address, password) {
      const resolved = await directory.resolve(address);
      const user = resolved.kind === 'user' ? resolved.user : null;
      const hash = await directory.passwordOf(user ?? '');
      const instead = await decoyHash();
      const isRight = await gate(() => isPassword(password, hash ?? instead));
      return isRight && hash !== null ? user : null;
    },
  };
}
