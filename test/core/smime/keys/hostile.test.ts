import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { Malformed } from '../../../../core/smime/asn1/malformed.ts';
import { readPkcs12 } from '../../../../core/smime/keys/importer/pkcs12.ts';
import { Refused } from '../../../../core/smime/keys/refusal.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const fixture = (name: string): string => join(import.meta.dirname, '../fixtures', name);

/** What reading a file ends with: never with an error nobody foresaw, and never with more work than allowed. */
function outcomeOf(octets: Buffer): string {
  const budget = { left: 5_000 };
  try {
    return readPkcs12(octets, 'secret', budget).keys.length === 1 ? 'read' : 'incomplete';
  } catch (error) {
    if (error instanceof Refused) return error.refusal.code;
    return error instanceof Malformed ? 'malformed' : String(error);
  }
}

test.skipIf(!hasOpenssl)('a mutated PKCS#12 file is read, or refused for a reason', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-p12-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const out = join(folder, 'out.p12');
  const files = ['-inkey', fixture('p256.key'), '-in', fixture('p256.pem')];
  const cheap = ['-iter', '10', '-nomac', '-certpbe', 'NONE'];
  spawnSync('openssl', ['pkcs12', '-export', '-out', out, '-passout', 'pass:secret', ...files, ...cheap]);
  const octets = readFileSync(out);
  expect(outcomeOf(octets)).toBe('read');

  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 6 });
  const expected = ['read', 'incomplete', 'malformed', 'password-wrong', 'too-many-iterations', 'unsupported'];
  const law = fc.property(changes, fc.nat(), (places, cut) => {
    const changed = Buffer.from(octets);
    for (const [at, value] of places) changed[at % changed.length] = value;
    expect(expected).toContain(outcomeOf(cut % 4 === 0 ? changed.subarray(0, cut % changed.length) : changed));
  });
  fc.assert(law, { numRuns: process.env['LONG'] ? 100_000 : 3_000 });
});
