import { authenticate, createSeal, dkimSign } from 'mailauth';
import type { Authentication, AuthResult, DkimVerdict, SignedFields } from '../../sdk/capabilities/mailauth.ts';
import type { Answer, Origin, SigningKey, Work } from './task.ts';

type DkimFound = Awaited<ReturnType<typeof authenticate>>['dkim']['results'][number];
type Resolve = (domain: string, type: string) => Promise<string[][] | string[]>;

/** Does what mailauth is for. @throws what mailauth throws for a message it cannot read */
export function runWork(octets: Uint8Array, work: Work, resolver: Resolve): Promise<Answer> {
  const input = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
  if (work.kind === 'verify') return verify(input, work, resolver);
  return work.kind === 'sign' ? sign(input, work.keys) : seal(input, work);
}

async function verify(
  input: Buffer,
  { origin, authservId }: { readonly origin: Origin; readonly authservId: string },
  resolver: Resolve,
): Promise<Authentication> {
  const { address: ip, helo, reversePath: sender } = origin;
  // RFC 8301 §3.1: rsa-sha1 is no signature any more. BIMI is about pictures, and nobody asked for one.
  const about = { mta: authservId, resolver, disableBimi: true, rejectRsaSha1: true };
  const found = await authenticate(input, { ...about, ...(ip !== '' && { ip, helo, sender }) });
  const { spf, dkim, dmarc, arc, headers } = found;
  return {
    kind: 'verified',
    spf: ip === '' ? { result: 'none', domain: null } : { result: resultOf(spf), domain: (spf && spf.domain) || null },
    dkim: dkim.results.filter(({ status }) => status.result !== 'none').map(verdictOf),
    dmarc: {
      result: resultOf(dmarc),
      policy: policyOf(dmarc ? dmarc.policy : null),
      domain: (dmarc && dmarc.domain) || null,
    },
    arc: { result: resultOf(arc), sealedBy: (arc && arc.signature && arc.signature.signingDomain) || null },
    field: fieldOf(headers, authservId, ip !== ''),
    authservId,
  };
}

function verdictOf({ signingDomain, selector, status }: DkimFound): DkimVerdict {
  const { result, aligned } = status;
  return {
    result: knownResult(result),
    domain: signingDomain ?? null,
    selector: selector ?? null,
    aligned: Boolean(aligned),
  };
}

/** Its value, on one line. Of a message without client, SPF says nothing: mailauth says that it does not know how. */
function fieldOf(headers: string, authservId: string, hasClient: boolean): string {
  const field = fieldsIn(
    headers
      .split(';\r\n ')
      .filter((one) => hasClient || !one.startsWith('spf='))
      .join(';\r\n '),
  );
  return field.find(([name]) => name === 'Authentication-Results')?.[1] ?? `${authservId}; none`;
}

/** One signature for each key. */
async function sign(input: Buffer, keys: readonly SigningKey[]): Promise<SignedFields> {
  const signatureData = keys.map(({ domain, selector, pem }) => ({ signingDomain: domain, selector, privateKey: pem }));
  // Its types ask for a key of its own too, which it does not look at.
  const unused = { signingDomain: '', selector: '', privateKey: '' };
  const options = { ...unused, canonicalization: 'relaxed/relaxed', signatureData };
  const { signatures, errors } = await dkimSign(input, options);
  return signed(fieldsIn(signatures), errors);
}

async function seal(input: Buffer, { key, results, chain: cv }: Work & { kind: 'seal' }): Promise<SignedFields> {
  const { domain: signingDomain, selector, pem: privateKey } = key;
  const { headers, errors } = await createSeal(input, {
    seal: { signingDomain, selector, privateKey, authResults: results, cv },
  });
  return signed(headers.flatMap(fieldsIn), errors);
}

function signed(
  fields: readonly (readonly [string, string])[],
  errors: readonly { readonly err?: Error }[],
): SignedFields {
  const [first] = errors;
  if (first) return { kind: 'refused', reason: (first.err?.message ?? 'no signature could be made').slice(0, 300) };
  return fields.length > 0 ? { kind: 'signed', fields } : { kind: 'refused', reason: 'no signature could be made' };
}

/** Fields as name and value on one line: unfolded (RFC 5322 §2.2.3), which relaxed canonicalization does not see. */
function fieldsIn(text: string): readonly (readonly [string, string])[] {
  const lines = text.replaceAll(/\r\n(?=[ \t])/g, '').split('\r\n');
  return lines.flatMap((line) => {
    const colon = line.indexOf(':');
    return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1).trim()] as const] : [];
  });
}

const resultOf = (one: { readonly status: { readonly result: string } } | false | undefined | null): AuthResult =>
  one ? knownResult(one.status.result) : 'none';

const known: readonly AuthResult[] = [
  'pass',
  'fail',
  'softfail',
  'neutral',
  'policy',
  'none',
  'temperror',
  'permerror',
  'skipped',
];
const knownResult = (result: string): AuthResult => known.find((one) => one === result) ?? 'permerror';

const policies = ['none', 'quarantine', 'reject'] as const;
const policyOf = (policy: string | null | undefined) => policies.find((one) => one === policy) ?? null;
