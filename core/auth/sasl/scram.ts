import { randomBytes, timingSafeEqual } from 'node:crypto';
import { hash, hmac, type ScramKeys } from '../scram-keys.ts';
import { longestName, readText, type SaslExchange, type SaslStep, type Verifier } from './exchange.ts';

/** What the client has said first. */
type Opening = {
  /** Its words about channel binding, as sent: `n,,`, `p=tls-exporter,,`. */
  readonly header: string;
  /** `n` cannot, `y` could but thinks we cannot, else the type it uses. */
  readonly binding: string;
  readonly user: string;
  readonly nonce: string;
  /** The rest, which both sides sign. */
  readonly bare: string;
};

/** Between the two messages of the client. */
type Middle = Opening & {
  readonly serverFirst: string;
  readonly keys: ScramKeys;
  /** Null: there is no such user. */
  readonly account: string | null;
};

/**
 * SCRAM-SHA-256 and, tied to the TLS connection, SCRAM-SHA-256-PLUS: the password never crosses the wire, and we prove
 * that we know the client.
 *
 * @source RFC 5802 §5, §7, RFC 7677
 */
export function startScram(verifier: Verifier, isPlus: boolean): SaslExchange {
  let middle: Middle | null = null;
  let ending: Extract<SaslStep, { kind: 'done' }> | null = null;

  async function first(text: string): Promise<SaslStep> {
    const opening = readOpening(text);
    const isBound = opening?.binding.startsWith('p=') ?? false;
    if (opening === null || isBound !== isPlus) return { kind: 'malformed' };
    // It thinks we cannot, and we can: somebody took it out of what we announced (RFC 5802 §6).
    if (opening.binding === 'y' && verifier.bindings !== null) return refused(opening);
    const found = await verifier.scramKeys(opening.user);
    if (found.kind === 'held') return { kind: 'done', named: opening.user.slice(0, longestName), verified: found };
    const { salt, iterations } = found.keys;
    const nonce = `${opening.nonce}${randomBytes(18).toString('base64')}`;
    const serverFirst = `r=${nonce},s=${salt.toString('base64')},i=${iterations}`;
    middle = { ...opening, nonce, serverFirst, keys: found.keys, account: found.user };
    return challenge(serverFirst);
  }

  function final(said: Middle, text: string): SaslStep {
    const [, withoutProof, bound, nonce, proof] = /^(c=([^,]+),r=([^,]+)(?:,[^,]+)*?),p=([^,]+)$/.exec(text) ?? [];
    if (withoutProof === undefined || bound === undefined || proof === undefined) return { kind: 'malformed' };
    const signed = `${said.bare},${said.serverFirst},${withoutProof}`;
    const isTied = bound === boundBy(verifier, said) && nonce === said.nonce;
    if (!isTied || said.account === null || !isProof(said.keys, signed, proof)) return refused(said);
    ending = { kind: 'done', named: said.account, verified: verifier.settle(said.account) };
    return challenge(`v=${hmac(said.keys.serverKey, signed).toString('base64')}`);
  }

  const refused = ({ user }: Opening): SaslStep => ({
    kind: 'done',
    named: user.slice(0, longestName),
    verified: verifier.settle(null),
  });

  return (response) => {
    if (response === null) return challenge('');
    if (ending !== null) return response.length === 0 ? ending : { kind: 'malformed' };
    const text = readText(response);
    if (text === null) return { kind: 'malformed' };
    return middle === null ? first(text) : final(middle, text);
  };
}

const challenge = (text: string): SaslStep => ({ kind: 'challenge', octets: Buffer.from(text) });

/** @returns null also for a mandatory extension (`m=`), of which we know none, and for acting in another's name */
function readOpening(text: string): Opening | null {
  const pattern =
    /^((n|y|p=[A-Za-z0-9.-]{1,64}),(?:a=([^,]*))?,)(n=([^,]{1,1000}),r=([\x21-\x2b\x2d-\x7e]{1,256})(?:,.*)?)$/;
  const [, header, binding, authzid, bare, name, nonce] = pattern.exec(text) ?? [];
  if (header === undefined || binding === undefined || bare === undefined || nonce === undefined) return null;
  const user = unescape(name ?? '');
  if (user === null || (authzid !== undefined && unescape(authzid) !== user)) return null;
  return { header, binding, user, nonce, bare };
}

/** `=2C` is a comma and `=3D` an equals sign; no other `=` may be there (RFC 5802 §5.1). */
function unescape(name: string): string | null {
  if (/=(?!2C|3D)/.test(name)) return null;
  return name.replaceAll('=2C', ',').replaceAll('=3D', '=').normalize('NFKC');
}

/** What `c=` must say; null when there is no such binding here. */
function boundBy({ bindings }: Verifier, { header, binding }: Opening): string | null {
  if (!binding.startsWith('p=')) return Buffer.from(header).toString('base64');
  const octets = bindings?.octets(binding.slice(2)) ?? null;
  return octets && Buffer.concat([Buffer.from(header), octets]).toString('base64');
}

function isProof({ storedKey }: ScramKeys, signed: string, proof: string): boolean {
  const given = Buffer.from(proof, 'base64');
  if (given.length !== storedKey.length) return false;
  const signature = hmac(storedKey, signed);
  const clientKey = given.map((octet, at) => octet ^ (signature[at] ?? 0));
  return timingSafeEqual(hash(Buffer.from(clientKey)), storedKey);
}
