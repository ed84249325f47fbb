import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { joinDer, octetString, oid, sequence, setOf, time } from '../../../core/smime/asn1/der.ts';
import { signDetached, signOpaque } from '../../../core/smime/sign.ts';
import { verifyDetached, verifyOpaque, type Verification } from '../../../core/smime/verify.ts';
import { attribute, contentType, digestOf, forge, indefinite, messageDigest } from './forge.ts';
import { content, person, signingWith } from './people.ts';

const valid = { kind: 'valid' };
const invalid = (reason: string) => ({ kind: 'invalid', reason });
const kinds = ['rsa', 'p256', 'p384', 'p521', 'ed25519', 'ed448'];

async function sign(...who: readonly string[]): Promise<Buffer> {
  const signed = await signDetached(content, signingWith(...who.map(person)));
  if (signed.kind !== 'signed') throw new Error(signed.reason);
  return signed.octets;
}

/** The content as some way of transport left it. */
const way = (change: (text: string) => string): Buffer => Buffer.from(change(content.toString('latin1')), 'latin1');

async function* octetByOctetInLf() {
  for (const octet of way((text) => text.replaceAll('\r\n', '\n'))) yield Buffer.from([octet]);
}

function verdictsOf(verification: Verification): readonly unknown[] {
  return verification.kind === 'signed' ? verification.signers.map(({ verdict }) => verdict) : [verification];
}

describe('a signature', () => {
  test.each(kinds)('of %s verifies over the octets that were signed, and over no others', async (kind) => {
    const octets = await sign(kind);
    const found = await verifyDetached(octets, content);
    expect(found).toMatchObject({ kind: 'signed', content: null, signers: [{ verdict: valid, form: 'raw', ess: [] }] });
    const other = Buffer.from(content);
    other[70] = 0x58;
    expect(verdictsOf(await verifyDetached(octets, other))).toEqual([invalid('the content is not what was signed')]);
  });

  test('tells who signed, with what, and when', async () => {
    const { certificate } = person('p384');
    expect(await verifyDetached(await sign('p384'), content)).toMatchObject({
      certificates: [certificate],
      signers: [{ certificate, digest: 'sha384', signature: 'ecdsa', signingTime: Date.parse('2026-11-23T12:00:00Z') }],
    });
  });

  test('of an opaque message gives the content', async () => {
    const signed = await signOpaque(content, signingWith(person('ed25519')));
    if (signed.kind !== 'signed') throw new Error(signed.reason);
    expect(await verifyOpaque(signed.octets)).toMatchObject({ content, signers: [{ verdict: valid }] });
  });

  test('verifies over CRLF when the way turned line ends into LF, and over nothing else (R38)', async () => {
    const octets = await sign('p256');
    const found = await verifyDetached(
      octets,
      way((text) => text.replaceAll('\r\n', '\n')),
    );
    expect(found).toMatchObject({ signers: [{ verdict: valid, form: 'crlf' }] });
    for (const change of [(text: string) => text.replaceAll('\r\n', '\r'), (text: string) => text.trimEnd()])
      expect(verdictsOf(await verifyDetached(octets, way(change)))).toMatchObject([{ kind: 'invalid' }]);
  });

  test('reads content from a stream, in pieces that cut line ends', async () => {
    const octets = await sign('rsa');
    expect(await verifyDetached(octets, octetByOctetInLf)).toMatchObject({
      signers: [{ verdict: valid, form: 'crlf' }],
    });
  });

  test('of ten signers has ten results (R42)', async () => {
    const who = [...kinds, 'rsa', 'p256', 'p384', 'p521'];
    const octets = await sign(...who);
    expect(verdictsOf(await verifyDetached(octets, content))).toEqual(who.map(() => valid));
    const signed = Buffer.from(octets);
    signed[octets.length - 1] = (signed.at(-1) ?? 0) ^ 1;
    const verdicts = verdictsOf(await verifyDetached(signed, content));
    expect(verdicts).toContainEqual(invalid('the signature does not verify'));
    expect(verdicts.filter((verdict) => JSON.stringify(verdict) === JSON.stringify(valid))).toHaveLength(9);
  });

  test('without its certificate is unknown, and valid with one that is given', async () => {
    const octets = forge({ certificates: [] });
    const verdict = { kind: 'unknown', reason: 'the certificate of the signer is not known' };
    expect(verdictsOf(await verifyDetached(octets, content, [person('p256').certificate]))).toEqual([verdict]);
    expect(verdictsOf(await verifyDetached(octets, content, [person('rsa').certificate]))).toEqual([valid]);
  });

  test('by a key that is too short is weak (R40)', async () => {
    const verdict = { kind: 'weak', reason: 'an RSA key of 768 bits' };
    expect(verdictsOf(await verifyDetached(await sign('rsa-small'), content))).toEqual([verdict]);
  });
});

describe('content inside a detached signature (R37)', () => {
  const inside = Buffer.from('Content-Type: text/plain\r\n\r\nPay Mallory.\r\n');
  const reason = 'the signature contains other content than was given';

  test('is a failure when it differs, though the signature over it is right', async () => {
    const octets = forge({ inside, attributes: [contentType(), messageDigest(inside)] });
    expect(await verifyOpaque(octets)).toMatchObject({ signers: [{ verdict: valid }] });
    expect(verdictsOf(await verifyDetached(octets, content))).toEqual([invalid(reason)]);
  });

  test('is a failure when it differs, though the signature over the content given is right', async () => {
    expect(verdictsOf(await verifyDetached(forge({ inside }), content))).toEqual([invalid(reason)]);
    for (const cut of [content.subarray(1), content.subarray(0, -1), Buffer.concat([content, content])])
      expect(verdictsOf(await verifyDetached(forge({ inside: cut }), content))).toEqual([invalid(reason)]);
  });

  test('may be the same', async () => {
    expect(verdictsOf(await verifyDetached(forge({ inside: content }), content))).toEqual([valid]);
  });
});

describe('signed attributes', () => {
  const twice = invalid('a signed attribute that occurs twice');
  const cases = {
    'without contentType': [[messageDigest()], invalid('no contentType among the signed attributes')],
    'without messageDigest': [[contentType()], invalid('no messageDigest among the signed attributes')],
    'none at all': [[], invalid('no contentType among the signed attributes')],
    'with contentType twice': [[contentType(), contentType(), messageDigest()], twice],
    'with messageDigest twice': [[contentType(), messageDigest(), messageDigest()], twice],
    'with another contentType': [
      [contentType('1.2.840.113549.1.7.3'), messageDigest()],
      invalid('another content type than was signed'),
    ],
    'with two values of one': [
      [
        contentType(),
        attribute('1.2.840.113549.1.9.4', octetString(digestOf(content)), octetString(digestOf(content))),
      ],
      invalid('a signed attribute without exactly one value'),
    ],
    'with a countersignature': [
      [contentType(), messageDigest(), attribute('1.2.840.113549.1.9.6', sequence())],
      invalid('a countersignature among the signed attributes'),
    ],
    'that name another certificate': [
      [
        contentType(),
        messageDigest(),
        attribute('1.2.840.113549.1.9.16.2.47', sequence(sequence(sequence(octetString(digestOf(content)))))),
      ],
      invalid('another certificate than the signed attributes name'),
    ],
  } as const;
  test.each(Object.entries(cases))('%s do not verify (R39)', async (_, [attributes, verdict]) => {
    expect(verdictsOf(await verifyDetached(forge({ attributes }), content))).toEqual([verdict]);
  });

  test('verify in the order of DER and in the order received, and in no other (R34)', async () => {
    const [one, two, three] = [contentType(), messageDigest(), attribute('1.2.840.113549.1.9.5', time(0))];
    const attributes = [two, three, one];
    const orders = [setOf(attributes), sequence(...attributes), sequence(three, two, one)].map((set) => {
      const signed = joinDer(set);
      signed[0] = 0x31;
      return forge({ attributes, signed });
    });
    const verdicts = await Promise.all(orders.map(async (octets) => verdictsOf(await verifyDetached(octets, content))));
    expect(verdicts).toEqual([[valid], [valid], [invalid('the signature does not verify')]]);
  });

  test('of ESS are told of (R41)', async () => {
    const ess = ['2.1', '2.2', '2.3'].map((arc) => attribute(`1.2.840.113549.1.9.16.${arc}`, sequence(oid('1.2.3'))));
    const octets = forge({ attributes: [contentType(), messageDigest(), ...ess] });
    const told = ['receipt-request', 'security-label', 'ml-expansion'];
    expect(await verifyDetached(octets, content)).toMatchObject({ signers: [{ verdict: valid, ess: told }] });
  });

  test('of one signature cannot pass as the content of another', async () => {
    const attributes = [contentType(), messageDigest()];
    const stolen = joinDer(setOf(attributes));
    const octets = forge({ attributes: null, inside: stolen, signed: stolen });
    const reason = 'the content is the signed attributes of another signature';
    expect(verdictsOf(await verifyOpaque(octets))).toEqual([invalid(reason)]);
  });

  test('may be absent only when data is signed', async () => {
    expect(verdictsOf(await verifyDetached(forge({ attributes: null }), content))).toEqual([valid]);
    const octets = forge({ attributes: null, contentType: '1.2.840.113549.1.7.3' });
    const reason = 'no signed attributes, and the content is not data';
    expect(verdictsOf(await verifyDetached(octets, content))).toEqual([invalid(reason)]);
  });
});

describe('an encoding', () => {
  test('of indefinite length everywhere verifies', async () => {
    expect(verdictsOf(await verifyDetached(indefinite(await sign('rsa')), content))).toEqual([valid]);
  });

  test('cut anywhere is malformed', async () => {
    const octets = await sign('p256');
    for (const whole of [octets, indefinite(octets)])
      for (let length = 0; length < whole.length; length += 1) {
        const found = await verifyDetached(whole.subarray(0, length), content);
        expect({ length, kind: found.kind }).toEqual({ length, kind: 'malformed' });
      }
  });

  test('nested without end is malformed, and found so at once', async () => {
    const levels = 2_000_000;
    const reason = 'nested too deep';
    expect(await verifyOpaque(Buffer.alloc(levels * 2, Buffer.from([0x30, 0x80])))).toEqual({
      kind: 'malformed',
      reason,
    });
  });

  test('of countless elements is malformed, and found so without holding them', async () => {
    const many = Buffer.alloc(4_000_000, Buffer.from([0x04, 0x00]));
    const octets = Buffer.concat([Buffer.from([0x30, 0x80]), many, Buffer.alloc(2)]);
    expect(await verifyOpaque(octets)).toEqual({ kind: 'malformed', reason: 'too many elements' });
  });

  test('with an unknown digest is unknown, not invalid', async () => {
    const octets = forge({ digest: '1.2.3.4' });
    const verdict = { kind: 'unknown', reason: 'algorithm 1.2.3.4 is not supported' };
    expect(verdictsOf(await verifyDetached(octets, content))).toEqual([verdict]);
  });

  test('of nothing, text, or other CMS is malformed', async () => {
    const others = [
      Buffer.alloc(0),
      content,
      joinDer(sequence(oid('1.2.840.113549.1.7.3'))),
      createHash('sha256').digest(),
    ];
    for (const octets of others) expect((await verifyOpaque(octets)).kind).toBe('malformed');
  });
});
