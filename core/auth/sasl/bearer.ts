import { longestName, readText, type SaslExchange, type SaslStep, type Verifier } from './exchange.ts';

/** What a client says with a token. */
type Said = { readonly user: string | null; readonly token: string };

/** OAUTHBEARER. @source RFC 7628 §3.1 */
export const startOauthBearer = (verifier: Verifier): SaslExchange => startBearer(verifier, readOauthBearer);

/** XOAUTH2, as Google and Microsoft have it; it has no RFC. */
export const startXoauth2 = (verifier: Verifier): SaslExchange => startBearer(verifier, readXoauth2);

/** One message, and one more when the token is refused: the client is told why, and says that it heard. */
function startBearer({ verifyToken }: Verifier, read: (text: string) => Said | null): SaslExchange {
  let refusal: SaslStep | null = null;
  return async (response) => {
    if (refusal) return refusal;
    if (response === null) return { kind: 'challenge', octets: Buffer.alloc(0) };
    const text = readText(response);
    const said = text === null ? null : read(text);
    if (said === null || verifyToken === null) return { kind: 'malformed' };
    const verified = await verifyToken(said.token, said.user);
    const named = (verified.kind === 'right' ? verified.user : (said.user ?? '')).slice(0, longestName);
    if (verified.kind === 'right') return { kind: 'done', named, verified };
    refusal = { kind: 'done', named, verified };
    return { kind: 'challenge', octets: Buffer.from('{"status":"invalid_token"}') };
  };
}

/** `n,a=bob@example.org,^Ahost=…^Aauth=Bearer …^A^A` */
function readOauthBearer(text: string): Said | null {
  const header = /^[ny],(?:a=([^,]*))?,$/.exec(headOf(text));
  const token = tokenIn(text);
  if (header === null || token === null) return null;
  return { user: header[1] ? header[1].replaceAll('=2C', ',').replaceAll('=3D', '=') : null, token };
}

/** `user=bob@example.org^Aauth=Bearer …^A^A` */
function readXoauth2(text: string): Said | null {
  const header = /^user=(.*)$/.exec(headOf(text));
  const token = tokenIn(text);
  return header && token !== null ? { user: header[1] || null, token } : null;
}

const separator = '\u0001';
const headOf = (text: string): string => text.split(separator, 1)[0] ?? '';

function tokenIn(text: string): string | null {
  if (!text.endsWith(separator + separator)) return null;
  const pair = text.split(separator).find((one) => /^auth=Bearer /i.test(one));
  return pair?.slice('auth=Bearer '.length).trim() || null;
}
