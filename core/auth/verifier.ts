import type { Auth } from './auth.ts';
import type { Verifier } from './sasl/exchange.ts';
import type { TokenOptions } from './tokens.ts';

type Connected = { readonly remote: { readonly address: string }; readonly bindings: Verifier['bindings'] };

/**
 * What SASL mechanisms check with on one connection, of whatever protocol: failures count by the client's address.
 *
 * @param tokens whose tokens are taken; null or undefined: nobody's
 */
export function verifierFor(
  auth: Pick<Auth, 'verify' | 'scramKeys' | 'settle' | 'verifyToken'>,
  tokens: TokenOptions | null | undefined,
  { remote, bindings }: Connected,
): Verifier {
  const from = remote.address;
  return {
    verify: (user, password) => auth.verify(user, password, from),
    scramKeys: (user) => auth.scramKeys(user, from),
    settle: (user) => auth.settle(user, from),
    verifyToken: tokens ? (token, user) => auth.verifyToken(token, user, tokens, from) : null,
    bindings,
  };
}
