import { isConfidential } from '../../auth/auth.ts';
import { mechanismsFor, verifierFor, type Verifier } from '../../auth/sasl.ts';
import type { Client } from './client.ts';
import type { Line } from './line-reader.ts';
import type { Login, LoginOutcome } from './login.ts';
import { err, type Response } from './response.ts';
import { startSaslLogin, type SaslLogin } from './sasl-login.ts';
import type { SessionParts } from './services.ts';
import type { Access, StageOf } from './stage.ts';

/** The ways into a maildrop on one connection. */
export type Entrance = {
  readonly stage: StageOf<'authorization'>;
  readonly access: () => Access;
  /** Whether the next line answers a challenge, and is no command. */
  readonly awaitsResponse: boolean;
  /** Takes that line. */
  respond(line: Line): Promise<Response>;
  /** The connection has become another: what was said on it is forgotten. */
  secured(client: Client): void;
};

/** @param enter what the client is told of how its login ended */
export function openEntrance(
  parts: SessionParts,
  client: Client,
  login: Login,
  enter: (outcome: LoginOutcome) => Response,
): Entrance {
  let current = client;
  let sasl: SaslLogin | null = null;

  const verifier = (): Verifier => verifierFor(parts.services.auth, parts.options.tokens, current);
  const access = (): Access => ({
    takesPasswords: parts.options.allowPlaintext || isConfidential(current),
    mechanisms: mechanismsFor(verifier()),
    offersTls: current.tls === null && parts.tls() !== null,
  });
  const stage: StageOf<'authorization'> = {
    kind: 'authorization',
    access,
    user: null,
    login: async (user, password) => enter(await login.withPassword(user, password)),
    async authenticate(mechanism, initial) {
      const started = startSaslLogin(mechanism, verifier(), async (name, { named, verified }) =>
        enter(await login.conclude(name, named, verified)),
      );
      if (started === null) return err('that mechanism is not offered');
      const response = await started.begin(initial);
      sasl = response.kind === 'challenge' ? started.login : null;
      return response;
    },
  };

  return {
    stage,
    access,
    get awaitsResponse() {
      return sasl !== null;
    },
    async respond(line) {
      const under = sasl;
      sasl = null;
      const response = (await under?.answer(line)) ?? err('nothing was asked');
      if (response.kind === 'challenge') sasl = under;
      return response;
    },
    secured(now) {
      current = now;
      stage.user = null;
    },
  };
}
