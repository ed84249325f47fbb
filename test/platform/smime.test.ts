import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openOpenssl, opensslVersion, type Openssl } from '../core/smime/openssl.ts';
import { askSluice, countMessages } from '../support/admin.ts';
import { openPop3 } from '../support/pop3-client.ts';
import { findFreePorts } from '../support/ports.ts';
import { startSluice, type Sluice } from '../support/sluice-process.ts';
import * as mail from '../support/smime-mail.ts';
import { openSmtp } from '../support/smtp-client.ts';

/** A binding of the bundled disclaimer for one recipient, named after him. */
const disclaimerFor = (name: string, smime: object) => ({
  sink: 'disclaimer',
  name,
  rule: `rcpt to=${name}@*`,
  grants: ['message', 'clock'],
  settings: { text: 'This is confidential.' },
  smime,
});

const bindings = [
  disclaimerFor('skip', {}),
  disclaimerFor('strip', { signed: 'strip' }),
  disclaimerFor('explain', { signed: 'explain' }),
  disclaimerFor('resign', { signed: ['resign', 'wrap'] }),
  disclaimerFor('gateway', { signed: 'resign', resignAs: 'gateway', gateway: 'mx' }),
  disclaimerFor('wrap', { signed: 'wrap', encrypted: 'wrap' }),
  disclaimerFor('reject', { signed: 'reject', encrypted: 'reject' }),
  disclaimerFor('rekey', { encrypted: ['rekey', 'wrap'], signed: 'resign' }),
  // A second one behind the first: it allows less.
  { ...disclaimerFor('second', {}), rule: 'rcpt to=strip@*', priority: 30_000, settings: { text: 'Another word.' } },
  { sink: 'footer', rule: 'rcpt to=gate@*', smime: { signed: 'reject', encrypted: 'reject' } },
];
const users = ['skip', 'strip', 'explain', 'resign', 'gateway', 'wrap', 'reject', 'rekey', 'gate', 'ann'];
const passphrase = 'correct horse battery';

const said = (record: { detail: string } | undefined): unknown => JSON.parse(record?.detail ?? '{}');

describe.skipIf(opensslVersion === null)(
  'a message made by openssl, through a running Sluice',
  { timeout: 180_000 },
  () => {
    let folder = '';
    let sluice: Sluice;
    let openssl: Openssl;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'sluice-smime-'));
      openssl = openOpenssl();
      await writeFile(join(folder, 'keys.passphrase'), `${passphrase}\n`, { mode: 0o600 });
      const [smtp = 0, pop3 = 0] = await findFreePorts(2);
      sluice = await startSluice({
        folder,
        smtp,
        pop3,
        sinks: [resolve(import.meta.dirname, '../../sinks'), resolve(import.meta.dirname, 'sinks')],
        bindings,
        more: {
          domains: [{ name: 'example.test', users }],
          smime: {
            keys: { passphraseFile: 'keys.passphrase' },
            trust: { certificates: [mail.ca] },
            gateways: [{ name: 'mx', address: 'p256@example.org' }],
          },
        },
      });
      await sluice.ready();
      await importKeys();
    }, 180_000);
    afterAll(async () => {
      await sluice?.[Symbol.asyncDispose]();
      openssl?.[Symbol.dispose]();
      await rm(folder, { recursive: true, force: true });
    });

    /** By the CLI an operator has: from PKCS#12 with a password, and from PEM. */
    async function importKeys(): Promise<void> {
      const p12 = openssl.run(
        'pkcs12',
        '-export',
        '-passout',
        'pass:secret',
        '-inkey',
        mail.keyOf('rsa'),
        '-in',
        mail.certificateOf('rsa'),
      );
      await writeFile(join(folder, 'rsa.p12'), p12);
      await writeFile(join(folder, 'password'), 'secret\n');
      await writeFile(join(folder, 'p256.pem'), mail.pemOf('p256'));
      await sluice.verb('keys', 'import', join(folder, 'rsa.p12'), '--password-file', join(folder, 'password'));
      await sluice.verb('keys', 'import', join(folder, 'p256.pem'), '--gateway', 'mx');
      await sluice.verb('keys', 'certs', 'import', mail.certificateOf('p384'));
    }

    async function send(octets: Buffer, to: string) {
      await using client = await openSmtp(sluice.smtp);
      const reply = await client.send('ann@example.test', [`${to}@example.test`], octets);
      await client.quit();
      return reply;
    }

    /** What the next message to somebody has become, as POP3 gives it, and what its trace says of protection. */
    async function through(octets: Buffer, to: string, reader = to) {
      const before = await countMessages(sluice.data, `${reader}@example.test`);
      const { text } = await send(octets, to);
      await expect
        .poll(() => countMessages(sluice.data, `${reader}@example.test`), { timeout: 20_000 })
        .toBe(before + 1);
      const password = sluice.passwords().get(`${reader}@example.test`) ?? '';
      await using client = await openPop3(sluice.pop3, `${reader}@example.test`, password);
      const fetched = await client.retrieve(before + 1);
      const entries = await askSluice(sluice.data, 'trace', { id: text.split(' ').at(-1) ?? '' });
      const records = entries.filter(({ event }) => event === 'protection');
      return { fetched, text: fetched.toString('latin1'), records, entries };
    }
    test('R31 skip: nothing changes, and the trace says why', async () => {
      const octets = mail.signedMail(openssl, 'rsa', 'skip');
      const { fetched, text, records } = await through(octets, 'skip');
      expect(fetched.subarray(fetched.indexOf('From: ')).equals(octets)).toBe(true);
      expect(text).not.toContain('Authentication-Results');
      expect(mail.verifyMail(openssl, fetched)).toHaveProperty('content');
      expect(records).toMatchObject([{ decision: 'skip', binding: 'skip' }]);
    });

    test('R32 R33 strip: the contents alone, with the text, and who had signed', async () => {
      const { text, records } = await through(mail.signedMail(openssl, 'rsa', 'strip'), 'strip');
      expect(text).toContain('This is confidential.');
      expect(text).toContain('this is the contract.');
      expect(text).not.toMatch(/pkcs7|smime\.p7/i);
      expect(text).toMatch(/^Authentication-Results: mail\.example\.test;\s+smime=pass/im);
      expect(records).toMatchObject([{ decision: 'strip', binding: 'strip' }]);
      expect(said(records[0])).toMatchObject({ signers: [{ verdict: 'valid', addresses: ['rsa@example.org'] }] });
    });

    test('R33 explain: the signature stays, does not verify, and the message says so', async () => {
      const { fetched, text, records } = await through(mail.signedMail(openssl, 'rsa', 'explain'), 'explain');
      expect(text).toContain('This is confidential.');
      expect(mail.verifyMail(openssl, fetched)).toHaveProperty('reason');
      expect(text).toMatch(/^Authentication-Results: mail\.example\.test;\s+smime=pass/im);
      expect(records).toMatchObject([{ decision: 'explain' }]);
    });

    test.each(['clear', 'opaque'] as const)(
      'R34 resign: a %s signature verifies over the edited text',
      async (form) => {
        const { fetched, text, records } = await through(mail.signedMail(openssl, 'rsa', 'resign', form), 'resign');
        const verified = mail.verifyMail(openssl, fetched);
        expect(verified).toHaveProperty('content', expect.stringContaining('This is confidential.'));
        expect(text).toMatch(/^Authentication-Results: mail\.example\.test;\s+smime=pass/im);
        expect(records).toMatchObject([{ decision: 'resign' }]);
      },
    );

    test('R35 resign falls back where there is no key of the sender', async () => {
      const { fetched, records } = await through(mail.signedMail(openssl, 'p384', 'resign'), 'resign');
      expect(records).toMatchObject([{ decision: 'wrap' }]);
      expect(said(records[0])).toMatchObject({
        fallbacks: [{ action: 'resign', reason: expect.stringContaining('key') }],
      });
      expect(fetched.includes('multipart/signed')).toBe(true);
    });

    test('an invalid signature is never replaced by a valid one', async () => {
      const octets = mail.signedMail(openssl, 'rsa', 'gateway');
      const forged = Buffer.from(octets.toString('latin1').replace('the contract', 'no contract'), 'latin1');
      const { fetched, text, records } = await through(forged, 'gateway');
      expect(records).toMatchObject([{ decision: 'skip' }]);
      expect(fetched.subarray(fetched.indexOf('From: ')).equals(forged)).toBe(true);
      expect(text).not.toContain('This is confidential.');
    });

    test('resign as gateway: its address in Sender, its signature, and a notice', async () => {
      const { fetched, text, records } = await through(mail.signedMail(openssl, 'rsa', 'gateway'), 'gateway');
      expect(text).toMatch(/^Sender: <p256@example\.org>/m);
      const verified = mail.verifyMail(openssl, fetched);
      expect(verified).toHaveProperty('content', expect.stringContaining('This is confidential.'));
      expect(verified).toHaveProperty('content', expect.stringContaining('rsa@example.org'));
      expect(records).toMatchObject([{ decision: 'resign' }]);
    });

    test('R36 wrap: the signed part inside still verifies', async () => {
      const octets = mail.signedMail(openssl, 'rsa', 'wrap');
      const { text, records } = await through(octets, 'wrap');
      expect(text).toContain('This is confidential.');
      const inner = text.slice(text.indexOf('Content-Type: multipart/signed'));
      const boundary = /boundary="?([^"\s;]+)/.exec(inner)?.[1] ?? '';
      const end = inner.indexOf(`--${boundary}--`) + boundary.length + 4;
      expect(
        mail.verifyMail(openssl, Buffer.from(`MIME-Version: 1.0\r\n${inner.slice(0, end)}\r\n`, 'latin1')),
      ).toHaveProperty('content');
      expect(records).toMatchObject([{ decision: 'wrap' }]);
    });

    test('reject: the client is told at the end of data, the sender by a report later', async () => {
      expect(await send(mail.signedMail(openssl, 'rsa', 'gate'), 'gate')).toMatchObject({
        code: 554,
        text: expect.stringMatching(/^5\.6\.2 .*sign/i),
      });
      const octets = mail.signedMail(openssl, 'rsa', 'reject');
      const { text } = await through(octets, 'reject', 'ann');
      expect(text).toContain('multipart/report');
      expect(text).toContain('5.6.2');
    });

    test('R50 encrypted: skip leaves it, wrap adds a part around it', async () => {
      const skipped = await through(mail.encryptedMail(openssl, 'rsa', 'skip', ['p384']), 'skip');
      expect(skipped.records).toMatchObject([{ decision: 'skip' }]);
      expect(mail.decryptMail(openssl, skipped.fetched, 'p384').toString()).toContain('this is the contract.');
      const { text, records } = await through(mail.encryptedMail(openssl, 'rsa', 'wrap', ['p384']), 'wrap');
      expect(text).toContain('This is confidential.');
      expect(text).toContain('application/pkcs7-mime');
      expect(records).toMatchObject([{ decision: 'wrap' }]);
    });

    test('R52 rekey: the edited text, for exactly those it was for, and nowhere in the clear', async () => {
      const { fetched, text, records } = await through(
        mail.encryptedMail(openssl, 'rsa', 'rekey', ['rsa', 'p384']),
        'rekey',
      );
      expect(records).toMatchObject([{ decision: 'rekey' }]);
      expect(text).not.toContain('confidential');
      for (const reader of ['rsa', 'p384']) {
        const inner = mail.decryptMail(openssl, fetched, reader);
        expect(mail.verifyMail(openssl, inner)).toHaveProperty(
          'content',
          expect.stringContaining('This is confidential.'),
        );
      }
      expect(sluice.output()).not.toContain('contract');
    });

    test('a binding behind the first edits only where its policy allows the same', async () => {
      const { text, entries } = await through(mail.signedMail(openssl, 'rsa', 'strip'), 'strip');
      expect(text).not.toContain('Another word.');
      const second = entries.find(({ binding, kind }) => binding === 'second' && kind === 'event');
      expect(said(second)).toMatchObject({
        skipped: 'mx/disclaimer/strip edits it by strip, and this binding allows skip',
      });
    });

    test('no password and no passphrase is in the log', () => {
      expect(sluice.output()).toContain('key imported');
      for (const secret of [passphrase, 'secret']) expect(sluice.output()).not.toContain(secret);
    });
  },
);
