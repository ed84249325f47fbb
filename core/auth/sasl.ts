import type { SaslExchange, VerifyPassword } from './sasl/exchange.ts';
import { startLogin } from './sasl/login.ts';
import { startPlain } from './sasl/plain.ts';

export type { SaslExchange, SaslStep } from './sasl/exchange.ts';

/** Every mechanism there is, by the name clients use, in the order they are announced. */
const mechanisms: ReadonlyMap<string, (verify: VerifyPassword) => SaslExchange> = new Map([
  ['PLAIN', startPlain],
  ['LOGIN', startLogin],
]);

/** All of them send the password itself, so they are for connections nobody can listen to. */
export const passwordMechanisms: readonly string[] = [...mechanisms.keys()];

/**
 * Begins an exchange (RFC 4422 §3).
 *
 * @param name in any case
 * @returns null when there is no such mechanism
 */
export function startSasl(name: string, verify: VerifyPassword): SaslExchange | null {
  return mechanisms.get(name.toUpperCase())?.(verify) ?? null;
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
