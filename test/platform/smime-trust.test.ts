import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { openOpenssl, opensslVersion } from '../core/smime/openssl.ts';
import * as pki from '../core/smime/pki.ts';
import { askSluice, countMessages } from '../support/admin.ts';
import { findFreePorts } from '../support/ports.ts';
import { startSluice } from '../support/sluice-process.ts';
import * as mail from '../support/smime-mail.ts';
import { openSmtp } from '../support/smtp-client.ts';

const disclaimer = (smime: object) => ({
  sink: 'disclaimer',
  grants: ['message', 'clock'],
  settings: { text: 'This is confidential.' },
  smime,
});

/** A Sluice in a folder of its own, with what `smime` says. */
async function start(smime: object, policy: object) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-trust-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const [smtp = 0, pop3 = 0] = await findFreePorts(2);
  const sinks = [resolve(import.meta.dirname, '../../sinks')];
  const sluice = await startSluice({ folder, smtp, pop3, sinks, bindings: [disclaimer(policy)], more: { smime } });
  onTestFinished(() => sluice[Symbol.asyncDispose]());
  await sluice.ready();
  const problems = async () => (await askSluice(sluice.data, 'status', {})).problems;
  /** Sends a signed message. @returns what was decided about its protection */
  async function decide(octets: Buffer) {
    const before = await countMessages(sluice.data, 'bob@example.test');
    await using client = await openSmtp(sluice.smtp);
    const { text } = await client.send('ann@example.test', ['bob@example.test'], octets);
    await client.quit();
    await expect.poll(() => countMessages(sluice.data, 'bob@example.test'), { timeout: 20_000 }).toBe(before + 1);
    const entries = await askSluice(sluice.data, 'trace', { id: text.split(' ').at(-1) ?? '' });
    const record = entries.find(({ event }) => event === 'protection');
    return { action: record?.decision, said: JSON.parse(record?.detail ?? '{}') };
  }
  return { folder, sluice, problems, decide };
}

describe.skipIf(opensslVersion === null)('a running Sluice', { timeout: 60_000 }, () => {
  test('without the passphrase of its keys starts, says so, falls back, and signs after a reload', async () => {
    using openssl = openOpenssl();
    const smime = { keys: { passphraseFile: 'passphrase' }, trust: { certificates: [mail.ca] } };
    const { folder, sluice, problems, decide } = await start(smime, { signed: ['resign', 'skip'] });
    const path = join(folder, 'passphrase');
    const problem = `smime: nothing can be signed or decrypted: the passphrase of the keystore is not set: ${path}`;
    expect(await problems()).toEqual([expect.stringContaining(problem)]);
    const signed = mail.signedMail(openssl, 'rsa', 'bob');
    const first = await decide(signed);
    expect(first).toMatchObject({ action: 'skip', said: { fallbacks: [{ reason: 'there is no keystore' }] } });
    const pem = join(folder, 'rsa.pem');
    await writeFile(pem, mail.pemOf('rsa'));
    await expect(sluice.verb('keys', 'import', pem)).rejects.toThrow(`is not set: ${path}: set it`);

    await writeFile(path, 'correct horse');
    await askSluice(sluice.data, 'reload', {});
    expect(await problems()).toEqual([]);
    await sluice.verb('keys', 'import', pem);
    expect(await decide(signed)).toMatchObject({ action: 'resign' });
    const { keys } = z
      .object({ keys: z.array(z.object({ id: z.string() })) })
      .parse(await askSluice(sluice.data, 'keys', {}));
    const id = keys[0]?.id.slice(0, 8) ?? '';
    expect(await askSluice(sluice.data, 'testKey', { id })).toMatchObject({
      signs: true,
      decrypts: true,
      problem: null,
    });
    expect(await askSluice(sluice.data, 'removeKey', { id })).toMatchObject({ kind: 'done' });
    expect(await decide(signed)).toMatchObject({ action: 'skip' });
  });

  test('R63 fetches revocation lists off the path of mail, and believes them', async () => {
    using openssl = openOpenssl();
    const own = pki.keys.ec();
    const validity = { notBefore: Date.now() - pki.day, notAfter: Date.now() + 90 * pki.day };
    const root = pki.rootOf('Root', pki.keys.ec(), 'ecdsa', validity);
    const certificate = pki.personOf('ann@example.org', own, root, { ...validity, serial: 42 });
    let revoked: readonly { serial: number }[] = [];
    const server = createServer((_, response) => {
      response.end(pki.listOf(root, { revoked, thisUpdate: Date.now() - 1_000, nextUpdate: Date.now() + pki.day }));
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/ca.crl`;
    const anchor = openssl.file('root.pem', Buffer.from(pki.pem(root.certificate)));
    const trust = { certificates: [anchor], crls: { urls: [url], softFail: false } };
    const { sluice, decide } = await start({ trust }, { signed: 'strip' });

    const content = openssl.file('content', Buffer.from('Content-Type: text/plain\r\n\r\nHello\r\n'));
    const key = Buffer.from(own.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const by = [
      '-signer',
      openssl.file('ann.pem', Buffer.from(pki.pem(certificate))),
      '-inkey',
      openssl.file('ann.key', key),
    ];
    const entity = openssl.run('cms', '-sign', '-binary', '-in', content, ...by);
    const header = 'From: ann@example.org\r\nTo: bob@example.test\r\nSubject: x\r\n';
    const octets = Buffer.from(header + entity.toString('latin1').replaceAll(/\r?\n/g, '\r\n'), 'latin1');
    const verdict = async () => (await decide(octets)).said.signers[0].verdict;
    await expect.poll(verdict, { timeout: 20_000 }).toBe('valid');
    revoked = [{ serial: 42 }];
    await askSluice(sluice.data, 'reload', {});
    await expect.poll(verdict, { timeout: 20_000 }).toBe('untrusted');
  });
});
