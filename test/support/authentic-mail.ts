import { execFileSync, spawnSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';

/** A domain that signs: its private key, and what DNS says of the public one. */
export type SigningDomain = {
  readonly domain: string;
  readonly selector: string;
  /** PKCS#8, PEM. */
  readonly pem: string;
  /** The TXT record at `<selector>._domainkey.<domain>`, in strings of at most 255 characters. */
  readonly record: readonly string[];
};

/** Makes a key of RSA with 2,048 bits. */
export function makeSigningDomain(domain: string, selector = 's1'): SigningDomain {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const key = createPublicKey(pem).export({ type: 'spki', format: 'der' }).toString('base64');
  return { domain, selector, pem, record: `v=DKIM1; k=rsa; p=${key}`.match(/.{1,255}/g) ?? [] };
}

/** Signs as another mail system would: with mailauth, which the test of what it verifies is not about. */
export async function signAs({ domain, selector, pem }: SigningDomain, message: string): Promise<string> {
  const { dkimSign } = await import('mailauth');
  const signatureData = [{ signingDomain: domain, selector, privateKey: pem }];
  const unused = { signingDomain: '', selector: '', privateKey: '' };
  const { signatures } = await dkimSign(message, { ...unused, canonicalization: 'relaxed/relaxed', signatureData });
  return signatures + message;
}

/** The Python of Debian, which has python3-dkim; another one in the path does not. */
const python = '/usr/bin/python3';
export const hasDkimpy = spawnSync(python, ['-c', 'import dkim']).status === 0;

const script = `
import sys, json, dkim
records = json.loads(sys.argv[1])
def txt(name, timeout=5):
    name = (name.decode() if isinstance(name, bytes) else name).rstrip('.')
    return records[name].encode() if name in records else None
message = sys.stdin.buffer.read()
cv, results, reason = dkim.arc_verify(message, dnsfunc=txt)
print(json.dumps({'dkim': dkim.verify(message, dnsfunc=txt), 'arc': cv.decode() if isinstance(cv, bytes) else cv}))
`;

/** What dkimpy says of a message: an implementation that shares nothing with mailauth. */
export function askDkimpy(
  message: string,
  domains: readonly SigningDomain[],
): { readonly dkim: boolean; readonly arc: string | null } {
  const records = Object.fromEntries(
    domains.map(({ domain, selector, record }) => [`${selector}._domainkey.${domain}`, record.join('')]),
  );
  const input = Buffer.from(message, 'latin1');
  return JSON.parse(execFileSync(python, ['-c', script, JSON.stringify(records)], { input }).toString());
}
