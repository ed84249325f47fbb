import { randomBytes, X509Certificate } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { readCrl } from '../../../../core/smime/chain/crl.ts';
import { Malformed } from '../../../../core/smime/asn1/malformed.ts';
import { parseCertificate } from '../../../../core/smime/certificate.ts';
import { checkTrust, createTrust } from '../../../../core/smime/trust.ts';
import * as pki from '../pki.ts';
import { keys, noon } from '../pki.ts';

const root = pki.rootOf('Root', keys.ec(), 'ecdsa');
const ca = pki.authorityOf('CA', keys.ec(), [root, 'ecdsa'], {
  extensions: [
    pki.basicConstraints(true, 3),
    pki.nameConstraints([pki.general.email('example.test')], [pki.general.directory(pki.nameOf({ O: 'Evil' }))]),
    pki.policies('1.2.3'),
    pki.policyMappings(['1.2.3', '1.2.4']),
    pki.policyConstraints(3),
  ],
});
const person = pki.personOf('alice@example.test', keys.ec(), ca);
const list = pki.listOf(ca, { revoked: [{ serial: 1, reason: 1 }, { serial: 2 }] });
const anchor = parseCertificate(root.certificate);
const trust = createTrust(anchor.kind === 'certificate' ? [anchor.certificate] : []);

/** Some octets changed, cut or put in. */
function mutated(octets: Buffer, changes: readonly (readonly [number, number])[], cut: number): Buffer {
  const copy = Buffer.from(octets);
  for (const [at, value] of changes) copy[at % copy.length] = value;
  return cut % 5 === 0 ? copy.subarray(0, cut % copy.length) : copy;
}
const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 8 });
const runs = { numRuns: process.env['LONG'] ? 50_000 : 3_000 };

/** Whether a certificate is trusted; nothing it holds may throw. */
function isTrusted(octets: Buffer): boolean {
  const [read, between] = [octets, ca.certificate].map(parseCertificate);
  if (read?.kind !== 'certificate' || between?.kind !== 'certificate') return false;
  const extra = [between.certificate, read.certificate];
  const question = { at: noon, purpose: 'sign', revocation: 'soft', extra } as const;
  return checkTrust(read.certificate, trust, question).kind === 'trusted';
}

test('a mutated certificate is malformed or not trusted, and nothing throws', () => {
  const law = fc.property(changes, fc.nat(), (places, cut) => {
    const changed = mutated(person, places, cut);
    expect(isTrusted(changed)).toBe(changed.equals(person));
  });
  fc.assert(law, runs);
});

test('a mutated list is malformed, or is read', () => {
  const law = fc.property(changes, fc.nat(), (places, cut) => {
    expect(readOrMalformed(mutated(list, places, cut))).toBe(true);
  });
  fc.assert(law, runs);
});

function readOrMalformed(octets: Buffer): boolean {
  try {
    return readCrl(octets).revoked.size >= 0;
  } catch (error) {
    return error instanceof Malformed;
  }
}

test('octets of any kind are no certificate', () => {
  for (const octets of [Buffer.alloc(0), Buffer.alloc(200_000, 0x30), randomBytes(1000), Buffer.from('3080', 'hex')])
    expect(parseCertificate(octets).kind).toBe('malformed');
  expect(parseCertificate(Buffer.concat([person, Buffer.from([0])])).kind).toBe('malformed');
});

test('every certificate here is read as Node reads it', () => {
  for (const octets of [person, ca.certificate, root.certificate]) {
    const ours = parseCertificate(octets);
    const theirs = new X509Certificate(octets);
    const serial = theirs.serialNumber.toLowerCase();
    expect(ours).toMatchObject({
      kind: 'certificate',
      certificate: {
        notBefore: Date.parse(theirs.validFrom),
        serial: /^[89a-f]/.test(serial) ? `00${serial}` : serial,
      },
    });
  }
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
test.skipIf(!hasOpenssl)('openssl verify agrees on a path that holds, and on one that does not', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-path-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = (name: string, octets: Buffer): string => {
    writeFileSync(join(folder, name), pki.pem(octets));
    return join(folder, name);
  };
  const trusted = ['-CAfile', file('root', root.certificate), '-untrusted', file('ca', ca.certificate)];
  const verify = (octets: Buffer): boolean =>
    spawnSync('openssl', [
      'verify',
      '-purpose',
      'smimesign',
      '-attime',
      String(noon / 1000),
      ...trusted,
      file('end', octets),
    ]).status === 0;
  const evil = pki.personOf('alice@evil.test', keys.ec(), ca);
  const server = pki.personOf('a@example.test', keys.ec(), ca, { extensions: [pki.extendedKeyUsage(pki.serverAuth)] });
  expect([person, evil, server].map(isTrusted)).toEqual([true, false, false]);
  expect([person, evil, server].map(verify)).toEqual([true, false, false]);
});
