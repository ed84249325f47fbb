import { conclude, readText, type SaslExchange, type Verifier } from './exchange.ts';

/**
 * LOGIN: asks for the name, then for the password, in the words every client has come to expect.
 *
 * @source draft-murchison-sasl-login-00, which never became an RFC; Outlook and many devices know nothing else
 */
export function startLogin(verifier: Verifier): SaslExchange {
  let user: string | null = null;
  return (response) => {
    if (response === null) return { kind: 'challenge', octets: Buffer.from('Username:') };
    const text = readText(response);
    if (text === null || text === '') return { kind: 'malformed' };
    if (user !== null) return conclude(verifier, user, text);
    user = text;
    return { kind: 'challenge', octets: Buffer.from('Password:') };
  };
}
