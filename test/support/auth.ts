import type { Auth } from '../../core/auth/auth.ts';

/** What stands in for the rest of Auth in tests that log in with passwords only: other mechanisms prove nothing. */
export const passwordsOnly: Omit<Auth, 'verify'> = {
  scramKeys: async () => ({ kind: 'held' }),
  settle: () => ({ kind: 'wrong' }),
  verifyToken: async () => ({ kind: 'wrong' }),
};
