import { simpleParser } from 'mailparser';
import { describe, expect, test } from 'vitest';
import { sources, wire } from '../messages/make.ts';
import disclaimer from '../../sinks/disclaimer/sink.ts';
import { arrive, readMail } from './arrive.ts';
import { disclaim, mailOf } from './disclaimer-desk.ts';

const words = 'DISCLAIMER für alle: this is confidential.';
const settings = { text: words };
const parse = (octets: Uint8Array) => simpleParser(Buffer.from(octets), { skipTextToHtml: true, skipHtmlToText: true });
const decoded = (html: string): string => html.replaceAll('&#252;', 'ü');
const head = 'From: Jane <jane@example.test>\nTo: bob@else.example\nSubject: x\nMIME-Version: 1.0\n';

/** Octets of `after` that are not in `before`: one run, or null when more than one run changed. */
function runAdded(before: Uint8Array, after: Uint8Array): Buffer | null {
  const [a, b] = [Buffer.from(before), Buffer.from(after)];
  let from = 0;
  while (from < a.length && a[from] === b[from]) from += 1;
  const rest = a.length - from;
  return a.subarray(from).equals(b.subarray(b.length - rest)) ? b.subarray(from, b.length - rest) : null;
}

const countIn = (octets: Buffer, start: RegExp): number => octets.toString('latin1').match(start)?.length ?? 0;

describe('what the best of the field can do, row by row (smime.md section 4)', () => {
  test('R15 text and HTML both get their form in an alternative; text/x-amp-html is not touched, and the proof says so', async () => {
    const amp = 'text/x-amp-html; charset=utf-8\n\n<!doctype html><html amp4email><body>AMP</body></html>\n';
    const mail = wire(
      `${head}Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nHi\n--b\nContent-Type: ${amp}--b\nContent-Type: text/html\n\n<p>Hi</p>\n--b--\n`,
    );
    const { written, proof } = await disclaim(mail, settings);
    expect(written.toString('latin1')).toContain(wire(amp).toString('latin1'));
    expect(written.toString('latin1').split('DISCLAIMER')).toHaveLength(3);
    expect(proof).toMatchObject({ parts: ['1 text/plain', '3 text/html'], untouched: ['2 text/x-amp-html'] });
  });

  test('R19 HTML is read as HTML: an end of body in a comment, a script or an attribute is none', async () => {
    const html = '<html><body><p title="</body>">Hi</p><!-- </body> --><script>"</body>"</script></body></html>';
    const { written } = await disclaim(mailOf({ html }), settings);
    expect(written.toString()).toMatch(/<\/script>[^]*DISCLAIMER[^]*<\/body><\/html>$/);
  });

  test.each([
    ['iso-8859-1', '8bit', 'Gr\xfc\xdfe'],
    ['koi8-r', '8bit', '\xf0\xd2\xc9\xd7\xc5\xd4'],
    ['shift_jis', '8bit', '\x82\xb1\x82\xf1'],
    ['utf-8', 'quoted-printable', 'Gr=C3=BC=C3=9Fe'],
    ['us-ascii', '7bit', 'Hello'],
  ])('R10 R12 a text in %s, %s, has its old words and the new ones', async (charset, encoding, body) => {
    const mail = wire(
      `${head}Content-Type: text/plain; charset=${charset}\nContent-Transfer-Encoding: ${encoding}\n\n${body}\n`,
    );
    const [before, { written }] = await Promise.all([parse(mail), disclaim(mail, settings)]);
    const after = await parse(written);
    expect(after.text).toBe(`${before.text?.trimEnd()}\n\n${words}\n`);
  });

  test('R02 R06 outside of what is added, every octet stays', async () => {
    const mail = sources['plain.eml'] ?? Buffer.alloc(0);
    const { written } = await disclaim(mail, { text: 'the text of the house' });
    const field = Buffer.from('X-Sluice-Disclaimer: default; rule="rule 1"\r\n');
    const at = written.indexOf(field);
    const withoutField = Buffer.concat([written.subarray(0, at), written.subarray(at + field.length)]);
    expect(runAdded(mail, withoutField)?.toString()).toContain('the text of the house');
  });

  test('R14 flowed text stays flowed, and its signature separator is none of a paragraph', async () => {
    const { written } = await disclaim(sources['flowed-latin1.eml'] ?? '', { text: `${'long words '.repeat(12)}end` });
    const text = written.toString('latin1');
    expect(text).toContain('format=flowed');
    expect(text).toContain('\r\n-- \r\nAnn\r\n');
    expect(Math.max(...text.split('\r\n').map((line) => line.length))).toBeLessThan(90);
  });

  test('R31 a message signed at the top stays as it is, with wrap it keeps its signature', async () => {
    const mail = readMail('smime/clear-signed.eml');
    expect((await arrive(disclaimer, mail, { settings })).written).toBe(mail);
  });

  const never: readonly (readonly [string, string])[] = [
    ['a DSN', 'Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nx\n--b--\n'],
    ['an MDN', 'Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n\nx\n--b--\n'],
    ['an abuse report', 'Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\n\nx\n--b--\n'],
    ['a calendar entry', 'Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\n'],
    ['an automatic answer', 'Auto-Submitted: auto-replied\nContent-Type: text/plain\n\nI am away\n'],
    ['a vacation answer of old', 'Precedence: auto_reply\nContent-Type: text/plain\n\nI am away\n'],
    ['a list', 'List-Id: <x.example>\nContent-Type: text/plain\n\nx\n'],
    ['bulk mail', 'Precedence: bulk\nContent-Type: text/plain\n\nx\n'],
    ['attached text', 'Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nx\n'],
    ['a forwarded message', 'Content-Type: message/rfc822\n\nSubject: y\n\nx\n'],
    ['RTF', 'Content-Type: text/rtf\n\n{\\rtf1 x}\n'],
    [
      'TNEF',
      'Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\nContent-Type: application/ms-tnef; name=winmail.dat\n\nx\n--b--\n',
    ],
    ['an unknown charset', 'Content-Type: text/plain; charset=x-nobody\n\nx\n'],
    ['an unknown transfer encoding', 'Content-Type: text/plain\nContent-Transfer-Encoding: x-uuencode\n\nx\n'],
    ['a picture alone', 'Content-Type: image/png\nContent-Transfer-Encoding: base64\n\nAAAA\n'],
  ];
  test.each(never)('R01 R13 R16 R18 R26 %s is never edited', async (_, rest) => {
    const mail = wire(head + rest);
    const { written, said } = await disclaim(mail, settings);
    expect(written.equals(mail)).toBe(true);
    expect(said).toMatch(/^no disclaimer: \S/);
  });

  test.each([
    ['no-text', 'Content-Type: image/png\nContent-Transfer-Encoding: base64\n\nAAAA\n'],
    ['unreadable', 'Content-Type: text/plain; charset=x-nobody\n\nx\n'],
    [
      'tnef',
      'Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\nContent-Type: application/ms-tnef\n\nx\n--b--\n',
    ],
    ['rtf', 'Content-Type: text/rtf\n\n{\\rtf1 x}\n'],
  ])('R13 R18 a part of its own, once, where the settings want one: %s', async (kind, rest) => {
    const its = { ...settings, separatePartFor: kind };
    const { written } = await disclaim(wire(head + rest), its);
    const parsed = await parse(written);
    expect(parsed.headers.get('content-type')).toMatchObject({ value: 'multipart/mixed' });
    expect(parsed.text).toContain(words);
    expect((await disclaim(written, its)).edits).toEqual([]);
  });

  test('a null reverse-path is never answered with an edit', async () => {
    expect((await disclaim(mailOf({ text: 'x' }), settings, { reversePath: '' })).edits).toEqual([]);
  });

  test('R23 a picture travels with the HTML, once for several rules, and not where there is no HTML', async () => {
    const logo = { type: 'image/png', base64: 'iVBORw0KGgo=' };
    const rules = ['one', 'two'].map((name) => ({
      name,
      html: `<p>words of rule ${name}<img src="cid:logo" alt=""></p>`,
    }));
    const its = { rules, match: 'all', images: { logo } };
    const { written } = await disclaim(mailOf({ text: 'Hi', html: '<p>Hi</p>' }), its);
    const parsed = await parse(written);
    expect(parsed.attachments).toMatchObject([{ contentType: 'image/png', related: true }]);
    expect((await disclaim(written, its)).edits).toEqual([]);
    expect((await parse((await disclaim(mailOf({ text: 'Hi' }), its)).written)).attachments).toEqual([]);
  });

  test('a text of 19,000 characters is no trouble (PMG takes 2,048, Exchange 5,000)', async () => {
    const { written } = await disclaim(mailOf({ text: 'Hi', html: '<p>Hi</p>' }), {
      text: `${'word '.repeat(3_800)}LAST`,
    });
    expect(written.toString().split('LAST')).toHaveLength(3);
  });
});

describe('what users of other products complain of (smime.md section 4)', () => {
  test('mailcow #5892 #7480: attachments and structure stay whole; nothing is said twice of the encoding', async () => {
    const mail = sources['alternative-attachment.eml'] ?? Buffer.alloc(0);
    const { written } = await disclaim(mail, settings);
    const [before, after] = await Promise.all([parse(mail), parse(written)]);
    expect(after.attachments.map(({ checksum }) => checksum)).toEqual(
      before.attachments.map(({ checksum }) => checksum),
    );
    expect(countIn(written, /^--/gm)).toBe(countIn(mail, /^--/gm));
    expect(countIn(written, /^content-transfer-encoding:/gim)).toBe(countIn(mail, /^content-transfer-encoding:/gim));
  });

  test('mailcow #6491: under the reply, not at the bottom of a long thread', async () => {
    const text = `Yes.\n\nOn Mon, Nov 23, 2026 Bob <bob@else.example> wrote:\n${'> old\n'.repeat(300)}`;
    const { written } = await disclaim(mailOf({ text }), { ...settings, position: 'below-newest-reply' });
    expect(written.indexOf('DISCLAIMER')).toBeLessThan(written.indexOf('wrote:'));
  });

  test.each([{ text: 'Hi' }, { html: '<p>Hi</p>' }])(
    'mailcow #5858: mail of one form alone gets it too: %j',
    async (forms) => {
      expect((await disclaim(mailOf(forms), settings)).written.toString()).toContain('DISCLAIMER');
    },
  );

  test('alterMIME #12: characters are not cut in two by quoted-printable', async () => {
    const long = 'ü€😀'.repeat(200);
    const mail = wire(
      `${head}Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nHi=\n`,
    );
    const { written } = await disclaim(mail, { text: long });
    expect((await parse(written)).text?.trimEnd()).toBe(`Hi\n\n${long}`);
    const lines = written.toString('latin1').split('\r\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(76);
    const octets = lines.map((line) =>
      line
        .replace(/=$/, '')
        .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    );
    for (const line of octets) expect(Buffer.from(line, 'latin1').toString()).not.toContain('\ufffd');
  });

  test('Sympa #1113: the umlauts of the body stay what they are', async () => {
    const mail = wire(
      `${head}Content-Type: text/plain; charset=iso-8859-15\nContent-Transfer-Encoding: 8bit\n\nGr\xfc\xdfe f\xfcr 5 \xa4\n`,
    );
    const { written } = await disclaim(mail, { text: 'Дисклеймер in another script' });
    expect((await parse(written)).text).toBe('Grüße für 5 €\n\nДисклеймер in another script\n');
  });

  test('Sympa #976: on signed mail both are possible, the signature and the text', async () => {
    const { written } = await arrive(disclaimer, readMail('smime/clear-signed.eml'), {
      settings,
      smime: { signed: 'wrap' },
    });
    const text = Buffer.from(written).toString('latin1');
    expect(text).toContain('pkcs7-signature');
    expect(decoded(text)).toContain('DISCLAIMER');
  });

  test('hMailServer #468: the field goes into the header of the message, not in front of the signed part', async () => {
    const { written } = await arrive(disclaimer, readMail('smime/clear-signed.eml'), {
      settings,
      smime: { signed: 'wrap' },
    });
    const text = Buffer.from(written).toString('latin1');
    expect(text.indexOf('X-Sluice-Disclaimer')).toBeGreaterThan(0);
    expect(text.indexOf('X-Sluice-Disclaimer')).toBeLessThan(text.indexOf('\r\n\r\n'));
  });

  test('neomutt #4228: a signed message gets nothing outside of its signed part unless the binding says wrap', async () => {
    const mail = readMail('smime/clear-signed.eml');
    expect((await arrive(disclaimer, mail, { settings: { ...settings, lists: 'add' } })).written).toBe(mail);
  });

  test('Exchange 2010: several servers in a row do not pile up texts, nor do other programs that rewrite it', async () => {
    let mail: Buffer = Buffer.from(mailOf({ text: 'Hi', html: '<p>Hi</p>' }));
    for (let hop = 0; hop < 4; hop += 1) {
      mail = (await disclaim(mail, settings)).written;
      mail = Buffer.from(mail.toString().replaceAll(/^X-Sluice.*\r\n/gm, ''));
    }
    expect(mail.toString().split('DISCLAIMER')).toHaveLength(3);
  });

  test('Exchange 2010: what is signed and what is encrypted is decided in one binding', async () => {
    const smime = { signed: 'wrap', encrypted: 'skip' };
    const encrypted = readMail('smime/enveloped.eml');
    expect((await arrive(disclaimer, encrypted, { settings, smime })).written).toBe(encrypted);
    const signed = readMail('smime/clear-signed.eml');
    expect((await arrive(disclaimer, signed, { settings, smime })).written).not.toBe(signed);
  });

  test('itprotoday: signed mail is not bounced for a text that cannot be added', async () => {
    const { trace } = await arrive(disclaimer, readMail('smime/opaque-signed.eml'), { settings });
    expect(trace.map(({ decision }) => decision)).not.toContain('reject');
  });
});

test('R72 every message leaves one line that says which rule, which parts, and why not', async () => {
  const rules = [
    { name: 'never', when: { sender: '*@nowhere.example' }, text: 'words of nowhere' },
    { name: 'house', text: words },
  ];
  const { proof, said } = await disclaim(mailOf({ text: 'Hi', html: '<p>Hi</p>' }), { rules });
  expect(said).toBe('disclaimer added');
  expect(proof).toEqual({
    rules: [
      { rule: 'never', added: false, reason: 'jane@example.test is not in when.sender' },
      { rule: 'house', added: true },
    ],
    parts: ['1 text/plain', '2 text/html'],
    protection: 'none',
    untouched: [],
  });
});
