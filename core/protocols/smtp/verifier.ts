import type { Verifier } from '../../auth/sasl.ts';
import type { Server } from './services.ts';
import type { SmtpSession } from './session.ts';

/** What SASL mechanisms check with on this connection. */
export function verifierFor({ options, services: { auth } }: Server, { remote, bindings }: SmtpSession): Verifier {
  const from = remote.address;
  const tokens = options.auth.tokens ?? null;
  return {
    verify: (user, password) => auth.verify(user, password, from),
    scramKeys: (user) => auth.scramKeys(user, from),
    settle: (user) => auth.settle(user, from),
    verifyToken: tokens && ((token, user) => auth.verifyToken(token, user, tokens, from)),
    bindings,
  };
}
