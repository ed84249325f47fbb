import { conclude, readText, type SaslExchange, type Verifier } from './exchange.ts';

/**
 * PLAIN: `[authzid] NUL authcid NUL passwd`. To act for somebody else (another authzid) is not possible.
 *
 * @source RFC 4616 §2
 */
export function startPlain(verifier: Verifier): SaslExchange {
  return (response) => {
    if (response === null) return { kind: 'challenge', octets: Buffer.alloc(0) };
    const first = response.indexOf(0);
    const second = response.indexOf(0, first + 1);
    if (first < 0 || second < 0) return { kind: 'malformed' };
    const [authzid, authcid, password] = [
      response.subarray(0, first),
      response.subarray(first + 1, second),
      response.subarray(second + 1),
    ].map(readText);
    if (authzid === undefined || authzid === null) return { kind: 'malformed' };
    if (typeof authcid !== 'string' || typeof password !== 'string') return { kind: 'malformed' };
    if (authcid === '' || password === '') return { kind: 'malformed' };
    if (authzid !== '' && authzid !== authcid) return { kind: 'done', named: authcid, verified: { kind: 'wrong' } };
    return conclude(verifier, authcid, password);
  };
}
