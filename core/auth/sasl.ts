import { startOauthBearer, startXoauth2 } from './sasl/bearer.ts';
import type { SaslExchange, Verifier } from './sasl/exchange.ts';
import { startLogin } from './sasl/login.ts';
import { startPlain } from './sasl/plain.ts';
import { startScram } from './sasl/scram.ts';

export type { SaslExchange, SaslStep, Verifier } from './sasl/exchange.ts';
export { verifierFor } from './verifier.ts';

type Mechanism = {
  start(verifier: Verifier): SaslExchange;
  /** Whether it can be used on this connection. */
  isThere(verifier: Pick<Verifier, 'bindings' | 'verifyToken'>): boolean;
};

const always = (): boolean => true;
const withTokens: Mechanism['isThere'] = ({ verifyToken }) => verifyToken !== null;

/** Every mechanism there is, by the name clients use, in the order they are announced: what tells least comes first. */
const mechanisms: ReadonlyMap<string, Mechanism> = new Map<string, Mechanism>([
  [
    'SCRAM-SHA-256-PLUS',
    { start: (verifier) => startScram(verifier, true), isThere: ({ bindings }) => bindings !== null },
  ],
  ['SCRAM-SHA-256', { start: (verifier) => startScram(verifier, false), isThere: always }],
  ['PLAIN', { start: startPlain, isThere: always }],
  ['LOGIN', { start: startLogin, isThere: always }],
  ['OAUTHBEARER', { start: startOauthBearer, isThere: withTokens }],
  ['XOAUTH2', { start: startXoauth2, isThere: withTokens }],
]);

/**
 * What to announce. Most of them send the password or a token itself, and what SCRAM sends lets who listens guess at
 * home: they are for connections nobody can listen to.
 */
export function mechanismsFor(verifier: Pick<Verifier, 'bindings' | 'verifyToken'>): readonly string[] {
  return [...mechanisms].filter(([, mechanism]) => mechanism.isThere(verifier)).map(([name]) => name);
}

/**
 * Begins an exchange (RFC 4422 §3).
 *
 * @param name in any case
 * @returns null when there is no such mechanism on this connection
 */
export function startSasl(name: string, verifier: Verifier): SaslExchange | null {
  const mechanism = mechanisms.get(name.toUpperCase());
  return mechanism?.isThere(verifier) ? mechanism.start(verifier) : null;
}

/**
 * The octets of a response as SMTP and POP3 carry it. Strict: what a lenient reader would skip is refused.
 *
 * @returns null when it is not base64
 * @source RFC 4648 §4, RFC 4954 §4
 */
export function readResponse(text: string): Buffer | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  const octets = Buffer.from(text, 'base64');
  return octets.toString('base64') === text ? octets : null;
}
