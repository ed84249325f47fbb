import { simpleParser } from 'mailparser';
import { expect, test } from 'vitest';
import disclaimer from '../../sinks/disclaimer/sink.ts';
import { arrive, readMail } from './arrive.ts';

const bound = { settings: { text: 'Écrit par {{sender.name}}: this is confidential.' } };

test.each(['plain.eml', 'alternative-attachment.eml', 'flowed-latin1.eml', 'related.eml'])(
  '%s gets the text in every form, once, however often it comes by',
  async (name) => {
    const { written } = await arrive(disclaimer, readMail(name), bound);
    const [before, after] = await Promise.all([simpleParser(readMail(name)), simpleParser(Buffer.from(written))]);
    const forms = [after.text, after.html].filter((form) => typeof form === 'string' && form !== '');
    expect(forms.length).toBeGreaterThan(0);
    for (const form of forms) expect(form).toContain('this is confidential.');
    expect(forms[0]).toMatch(/(?:É|&#201;)crit par/);
    expect(after.attachments.map(({ checksum }) => checksum)).toEqual(
      before.attachments.map(({ checksum }) => checksum),
    );
    expect(after.headers.get('x-sluice-disclaimer')).toBe('disclaimer; rule="rule 1"');

    const again = await arrive(disclaimer, written, bound);
    expect(again.written).toBe(written);
  },
);

test('R26 report.eml stays as it is, and the trace says why', async () => {
  const octets = readMail('report.eml');
  const { written, trace, log } = await arrive(disclaimer, octets, bound);
  expect(written).toBe(octets);
  expect(trace).toMatchObject([
    { decision: 'next', detail: expect.stringContaining('"note":{"text":"no disclaimer: it is a report"') },
  ]);
  expect(log).toEqual([]);
});

test.each([
  ['R31', 'smime/clear-signed.eml', 'signed'],
  ['R31', 'smime/opaque-signed.eml', 'signed'],
  ['R43', 'pgp-signed.eml', 'signed'],
  ['R43', 'pgp-inline.eml', 'signed'],
  ['R50', 'smime/enveloped.eml', 'encrypted'],
  ['R43', 'pgp-encrypted.eml', 'encrypted'],
])('%s: the sink answers %s with its edits, the core leaves it as it is and says why: %s', async (_, name, reason) => {
  const octets = readMail(name);
  const { written, trace } = await arrive(disclaimer, octets, bound);
  expect(written).toBe(octets);
  const [last] = trace.slice(-1);
  expect(last).toMatchObject({ event: 'onArrival', decision: 'next' });
  expect(last?.detail).toMatch(/^\{"edits":\["insert-text","append-field X-Sluice-Disclaimer"\],"skipped":"/);
  expect(last?.detail).toContain(`"skipped":"${reason}: `);
});

/** The octets from the Content-Type of the signed part to the end of the message, its last delimiter left out. */
function signedPartOf(octets: Uint8Array): string {
  const text = Buffer.from(octets).toString('latin1').trimEnd();
  return text.slice(text.indexOf('multipart/signed'), text.lastIndexOf('\n--'));
}

test('R31 of a signed part inside, every octet stays', async () => {
  const octets = readMail('smime/nested-signed.eml');
  const { written } = await arrive(disclaimer, octets, bound);
  expect(signedPartOf(octets)).toContain('pkcs7-signature');
  expect(Buffer.from(written).toString('latin1')).toContain(signedPartOf(octets));
});

test.each([
  'smime/clear-signed.eml',
  'smime/opaque-signed.eml',
  'smime/enveloped.eml',
  'pgp-signed.eml',
  'pgp-encrypted.eml',
])(
  'R36 with wrap, %s travels as it is inside of a message that has the text, and is not wrapped again',
  async (name) => {
    const octets = readMail(name);
    const wrap = { ...bound, smime: { signed: ['wrap'], encrypted: ['wrap'] } };
    const { written } = await arrive(disclaimer, octets, wrap);
    const text = Buffer.from(written).toString('latin1');
    const original = octets.toString('latin1');
    expect(text).toContain(original.slice(original.indexOf('\r\n\r\n') + 4).trimEnd());
    expect(text).toContain('this is confidential.');
    const again = await arrive(disclaimer, written, wrap);
    expect(Buffer.from(again.written).equals(written)).toBe(true);
  },
);
