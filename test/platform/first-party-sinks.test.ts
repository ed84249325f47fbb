import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { authenticate } from 'mailauth';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { listenTcp } from '../core/capabilities/host-side.ts';
import { a, startNameServer, txt, type Zone } from '../support/name-server.ts';
import { askSluice } from '../support/admin.ts';
import { askDkimpy, hasDkimpy, makeSigningDomain, signAs } from '../support/authentic-mail.ts';
import { openClient } from '../support/dialogue.ts';
import { openExchanger, type Exchanger } from '../support/mail-exchanger.ts';
import { findFreePorts } from '../support/ports.ts';
import { startSluice, type Sluice } from '../support/sluice-process.ts';
import { openSmtp } from '../support/smtp-client.ts';

const ours = makeSigningDomain('example.test');
const theirs = makeSigningDomain('signed.test');
const domains = [ours, theirs];

const zone: Zone = {
  ...Object.fromEntries(
    domains.map(({ domain, selector, record }) => [`${selector}._domainkey.${domain}`, [txt(...record)]]),
  ),
  'signed.test': [txt('v=spf1 ip4:127.0.0.1 -all')],
  '_dmarc.signed.test': [txt('v=DMARC1; p=reject')],
  'forged.test': [txt('v=spf1 -all')],
  '_dmarc.forged.test': [txt('v=DMARC1; p=reject')],
  '1.0.0.127.bl.test': [a('127.0.0.2')],
};

const text = (from: string, to: string, more = ''): string =>
  `From: ${from}\r\nTo: ${to}\r\nSubject: Plans\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@${from.split('@')[1]}>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n${more}\r\nHello.\r\n`;

/** A DNS that has these keys and nothing else. */
async function onlyKeys(name: string, type: string): Promise<string[][]> {
  const found = domains.find(({ domain, selector }) => name === `${selector}._domainkey.${domain}`);
  if (found && type === 'TXT') return [[...found.record]];
  throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
}

/** What is below the header, with the line ends of the file. */
const bodyOf = (octets: string): string => octets.slice(octets.search(/\r?\n\r?\n/)).replaceAll('\r\n', '\n');

/** As the next host sees it. */
async function judge(message: string) {
  const about = { ip: '192.0.2.1', helo: 'x', mta: 'judge.test', resolver: onlyKeys };
  const { dkim, arc } = await authenticate(Buffer.from(message, 'latin1'), about);
  return { dkim: dkim.results.map(({ status }) => status.result), arc: arc && arc.status.result };
}

describe('the sinks that come with Sluice, in a running server', { timeout: 60_000 }, () => {
  const open = new AsyncDisposableStack();
  const asked: { readonly headers: IncomingMessage['headers']; readonly body: string }[] = [];
  let sluice: Sluice;
  let next: Exchanger;
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-first-party-'));
    await writeFile(join(folder, 'dkim.pem'), ours.pem, { mode: 0o600 });
    const names = open.use(await startNameServer(zone));
    next = open.use(await openExchanger());
    const clamd = open.use(await listenTcp(scanner));
    const rspamd = createServer((request, response) => void judgeSpam(request).then((said) => response.end(said)));
    rspamd.listen(0, '127.0.0.1');
    await once(rspamd, 'listening');
    open.defer(() => void rspamd.close());
    const at = rspamd.address();
    const spam = `http://127.0.0.1:${typeof at === 'object' && at ? at.port : 0}`;
    const [smtp = 0, pop3 = 0] = await findFreePorts(2);
    sluice = open.use(
      await startSluice({
        folder,
        smtp,
        pop3,
        sinks: [resolve(import.meta.dirname, '../../sinks')],
        bindings: bindingsFor(spam, `127.0.0.1:${clamd.port}`),
        server: { relay: { from: ['127.0.0.1'] } },
        more: {
          domains: [{ name: 'example.test', users: ['alice', 'bob', 'carol', 'archive'] }],
          dns: { servers: [names.address] },
          routes: [{ domain: '*', smartHost: `127.0.0.1:${next.port}` }],
        },
      }),
    );
    await sluice.ready();
  }, 120_000);
  afterAll(async () => {
    await open.disposeAsync();
    await rm(folder, { recursive: true, force: true });
  });

  async function judgeSpam(request: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const body = Buffer.concat(chunks).toString('latin1');
    asked.push({ headers: request.headers, body });
    const action = body.includes('GTUBE') ? 'reject' : 'no action';
    return JSON.stringify({
      action,
      score: action === 'reject' ? 99 : 0.1,
      required_score: 15,
      symbols: { X_TEST: {} },
    });
  }

  /** Sends one and gives the reply to end-of-data. */
  async function send(from: string, to: readonly string[], content: string) {
    await using client = await openSmtp(sluice.smtp);
    return await client.send(from, to, Buffer.from(content, 'latin1'));
  }

  async function askCarol(id: string, more = ''): Promise<void> {
    const content = text('ann@asks.test', 'carol@example.test', `X-Id: ${id}\r\n${more}`);
    await send('ann@asks.test', ['carol@example.test'], content);
  }

  /** As alice, who authenticated. */
  async function submit(to: string, content: string): Promise<void> {
    const password = sluice.passwords().get('alice@example.test') ?? '';
    const plain = Buffer.from(`\0alice@example.test\0${password}`).toString('base64');
    await using client = await openClient(sluice.smtp);
    await client.play(`S: 220 …\nC: EHLO client.test\nS: 250*\nC: AUTH PLAIN ${plain}\nS: 235 …`);
    await client.play(`C: MAIL FROM:<alice@example.test>\nS: 250 …\nC: RCPT TO:<${to}>\nS: 250 …\nC: DATA\nS: 354 …`);
    await client.play(
      `${content
        .split('\r\n')
        .map((line) => `C: ${line}`)
        .join('\n')}\nC: .\nS: 250 …`,
    );
  }

  const received = (about: string) =>
    vi.waitUntil(() => next.received.find(({ content, to }) => content.includes(about) || to.includes(about)), 20_000);

  const mailOf = (user: string, about: string) =>
    vi.waitUntil(async () => {
      const list = await askSluice(sluice.data, 'mailbox', { user }).catch(() => []);
      const all = await Promise.all(list.map(({ uid }) => askSluice(sluice.data, 'message', { user, uid })));
      return all.map((octets) => Buffer.from(octets).toString('latin1')).find((one) => one.includes(about));
    }, 20_000);

  test('dnsbl refuses a client that a list names, and no other', async () => {
    await expect(
      send('x@listed.test', ['bob@example.test'], text('x@listed.test', 'bob@example.test')),
    ).rejects.toThrow('Client 127.0.0.1 is listed by bl.test');
  });

  test('clamav refuses what clamd finds a virus in', async () => {
    const said = await send('x@plain.test', ['bob@example.test'], text('x@plain.test', 'bob', 'X-Test: EICAR\r\n'));
    expect(said).toMatchObject({ code: 554, text: '5.7.1 Message refused, it contains Win.Test.EICAR' });
  });

  test('rspamd gets the octets and the envelope, and refuses spam', async () => {
    const said = await send('x@plain.test', ['bob@example.test'], text('x@plain.test', 'bob', 'X-Test: GTUBE\r\n'));
    expect(said).toMatchObject({ code: 550, text: '5.7.1 Message refused as spam' });
    const [last] = asked.slice(-1);
    expect(last?.headers).toMatchObject({
      from: 'x@plain.test',
      rcpt: 'bob@example.test',
      ip: '127.0.0.1',
      helo: 'client.example.test',
    });
    expect(last?.body).toContain('\r\n\r\nHello.\r\n');
  });

  test('spf-dkim-dmarc refuses what its domain disowns', async () => {
    const said = await send('x@forged.test', ['bob@example.test'], text('x@forged.test', 'bob@example.test'));
    expect(said.text).toContain('its sender did not authorise it');
  });

  test('mail from outside: results in the header, none that is forged, a banner on top', async () => {
    const forged = 'Authentication-Results: mail.example.test; dkim=pass header.d=bank.test\r\n';
    const signed = await signAs(theirs, text('ann@signed.test', 'bob@example.test', `X-Id: outside\r\n${forged}`));
    expect(await send('ann@signed.test', ['bob@example.test'], signed)).toMatchObject({ code: 250 });
    const mail = await mailOf('bob@example.test', 'X-Id: outside');
    expect(mail).toMatch(
      /^Authentication-Results: mail\.example\.test;[\s\S]{0,400}dkim=pass[\s\S]{0,400}spf=pass[\s\S]{0,400}dmarc=pass/m,
    );
    expect(mail).not.toContain('bank.test');
    expect(mail).toContain('\r\n\r\nThis message came from outside.');
    expect(mail).toContain('X-Virus-Scanned: clean');
    expect(mail).toContain('X-Spamd-Result: no action');
  });

  test('R70 dkim-sign: the signature is made after the disclaimer, and verifies', async () => {
    await submit('eve@far.test', text('alice@example.test', 'eve@far.test', 'X-Id: outbound\r\n'));
    const { content } = await received('X-Id: outbound');
    expect(content).toContain('For eve only.');
    expect(await judge(content)).toMatchObject({ dkim: ['pass'] });
    expect(await judge(content.replace('For eve', 'For all'))).toMatchObject({ dkim: ['neutral'] });
  });

  test('R71 relayed mail that was signed is edited with the prior result recorded, and sealed: cv=pass behind us', async () => {
    const signed = await signAs(theirs, text('ann@signed.test', 'eve@far.test', 'X-Id: relayed\r\n'));
    await send('ann@signed.test', ['eve@far.test'], signed);
    const { content } = await received('X-Id: relayed');
    expect(content).toContain('For eve only.');
    expect(content).toMatch(/^ARC-Authentication-Results: i=1; mail\.example\.test;[\s\S]{0,400}dkim=pass/m);
    expect(await judge(content)).toEqual({ dkim: ['neutral'], arc: 'pass' });
    // Through once more: the second set continues the first.
    await send('ann@signed.test', ['eve@far.test'], content);
    const again = await vi.waitUntil(() => next.received.find((one) => /^ARC-Seal: i=2;/m.test(one.content)), 20_000);
    expect(again.content).toMatch(/^ARC-Seal: i=2;[\s\S]{0,100}cv=pass/m);
    expect(await judge(again.content)).toMatchObject({ arc: 'pass' });
  });

  test.skipIf(!hasDkimpy)(
    'R70 R71 dkimpy, which shares nothing with mailauth, verifies signature and seals',
    async () => {
      const { content: signed } = await received('X-Id: outbound');
      expect(askDkimpy(signed, domains)).toMatchObject({ dkim: true });
      const sealed = await vi.waitUntil(
        () => next.received.find((one) => /^ARC-Seal: i=2;/m.test(one.content)),
        20_000,
      );
      expect(askDkimpy(sealed.content, domains)).toMatchObject({ arc: 'pass' });
    },
  );

  test('sent-copy files what alice sent, as it was edited, in her own mailbox', async () => {
    await submit('eve@far.test', text('alice@example.test', 'eve@far.test', 'X-Id: filed\r\n'));
    const copy = await mailOf('alice@example.test/Sent', 'X-Id: filed');
    expect(copy).toContain('For eve only.');
    expect(await sluice.verb('mailbox', 'ls')).toMatch(/alice@example\.test\/Sent +\d/);
    expect(await sluice.verb('mailbox', 'cat', 'alice@example.test/Sent')).toContain('For eve only.');
    const { to } = await received('X-Id: filed');
    expect(to).toEqual(['eve@far.test']);
    // A stranger who writes that address reaches the inbox, like with any other word behind the separator.
    await send('x@plain.test', ['alice+sent-copy@example.test'], text('x@plain.test', 'alice', 'X-Id: stranger\r\n'));
    expect(await mailOf('alice@example.test', 'X-Id: stranger')).toBeDefined();
  });

  test('archive: a journal report with the envelope, and the message as it was inside', async () => {
    await send(
      'x@plain.test',
      ['bob@example.test', 'alice@example.test'],
      text('x@plain.test', 'bob', 'X-Id: kept\r\n'),
    );
    const report = await mailOf('archive@example.test', 'X-Id: kept');
    expect(report).toMatch(/^X-MS-Journal-Report: yes/m);
    expect(report).toMatch(
      /^Sender: x@plain\.test\r\n[\s\S]{0,400}Recipient: bob@example\.test\r\nRecipient: alice@example\.test\r\n/m,
    );
    expect(report).toMatch(
      /Content-Type: message\/rfc822\r\n\r\n[\s\S]{0,1500}X-Id: kept\r\n[\s\S]{0,200}\r\n\r\nHello\.\r\n/,
    );
  });

  test('disclaimer-per-copy: of one message, those outside get the text and those inside do not', async () => {
    await send('x@mixes.test', ['bob@example.test', 'o@mixed.test'], text('x@mixes.test', 'bob', 'X-Id: mixed\r\n'));
    const outside = await received('X-Id: mixed');
    expect(outside).toMatchObject({ to: ['o@mixed.test'], content: expect.stringContaining('For those outside.') });
    expect(await mailOf('bob@example.test', 'X-Id: mixed')).not.toContain('For those outside.');
  });

  test('fuglu #84: a signed message gets its header field, although its body stays as it is', async () => {
    const signed = await readFile(resolve(import.meta.dirname, '../messages/smime/clear-signed.eml'), 'latin1');
    await send('x@stamped.test', ['bob@example.test'], signed.replaceAll(/\r?\n/g, '\r\n'));
    const mail = await mailOf('bob@example.test', 'X-Stamped: yes');
    expect(bodyOf(mail ?? '')).toBe(bodyOf(signed));
    expect(mail).not.toContain('Not on what is signed.');
  });

  test('vacation answers a person once, and a list never (RFC 3834)', async () => {
    await askCarol('list', 'List-Id: <l.asks.test>\r\n');
    await askCarol('first');
    const { content, from } = await received('ann@asks.test');
    await askCarol('second');
    await mailOf('carol@example.test', 'X-Id: second');
    expect(from).toBe('');
    for (const field of [
      'Auto-Submitted: auto-replied',
      'In-Reply-To: <1@asks.test>',
      'Subject: Auto: Plans',
      'From: carol@example.test',
    ])
      expect(content).toContain(`${field}\r\n`);
    expect(content).toContain('Back in May.');
    await vi.waitUntil(async () => (await askSluice(sluice.data, 'queue', {})).length === 0, 20_000);
    expect(next.received.filter(({ to }) => to.includes('ann@asks.test'))).toHaveLength(1);
  });
});

/** Says of each stream whether it is EICAR (clamd(8), INSTREAM). */
function scanner(socket: Socket): void {
  let octets = '';
  socket.on('data', (chunk) => {
    octets += Buffer.from(chunk).toString('latin1');
    if (octets.endsWith('\0\0\0\0'))
      socket.end(octets.includes('EICAR') ? 'stream: Win.Test.EICAR FOUND\0' : 'stream: OK\0');
  });
}

function bindingsFor(spam: string, clamd: string): object[] {
  return [
    { sink: 'dnsbl', rule: 'mail from=*@listed.test', grants: ['dns'], settings: { lists: [{ zone: 'bl.test' }] } },
    { sink: 'clamav', priority: 10, grants: { scan: { clamd } } },
    {
      sink: 'rspamd',
      priority: 20,
      grants: { message: true, http: { hosts: [{ host: spam, private: true }] } },
      settings: { url: spam },
    },
    { sink: 'spf-dkim-dmarc', priority: 30, grants: ['mailauth'] },
    {
      sink: 'archive',
      priority: 40,
      rule: 'mail from=*@plain.test',
      grants: { message: true, submit: { from: ['postmaster@example.test'] } },
      settings: { to: 'archive@example.test', form: 'journal' },
    },
    {
      sink: 'external-banner',
      priority: 50,
      rule: 'mail from=*@signed.test; rcpt to=bob@example.test',
      grants: ['message'],
      settings: { internal: ['example.test'] },
    },
    {
      sink: 'disclaimer',
      priority: 60,
      rule: 'rcpt to=eve@*',
      grants: ['message'],
      settings: { text: 'For eve only.' },
    },
    {
      sink: 'disclaimer-per-copy',
      grants: ['message'],
      settings: {
        internal: ['example.test'],
        when: { sender: '*@mixes.test', recipient: 'external' },
        text: 'For those outside.',
      },
    },
    { sink: 'header-stamp', rule: 'mail from=*@stamped.test', settings: { add: { 'X-Stamped': 'yes' } } },
    {
      sink: 'disclaimer',
      name: 'stamped',
      rule: 'mail from=*@stamped.test',
      grants: ['message'],
      settings: { text: 'Not on what is signed.' },
    },
    { sink: 'sent-copy', priority: 32_000, grants: ['kv', 'directory'] },
    {
      sink: 'vacation',
      grants: { kv: true, submit: { from: ['carol@example.test'] } },
      settings: { users: { 'carol@example.test': { text: 'Back in May.' } } },
    },
    {
      sink: 'dkim-sign',
      priority: 32_700,
      grants: { mailauth: { sign: [{ domain: 'example.test', selector: 's1', key: { file: './dkim.pem' } }] } },
      settings: { domains: ['example.test'], seal: 'example.test' },
    },
  ];
}
