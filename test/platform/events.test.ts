import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openPop3 } from '../support/pop3-client.ts';
import { findFreePorts } from '../support/ports.ts';
import { startSluice } from '../support/sluice-process.ts';
import { openSmtp } from '../support/smtp-client.ts';

const sinks = resolve(import.meta.dirname, 'sinks');

test('every event of the catalogue that is live reaches a sink in a real process', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-events-'));
  const [smtp = 0, pop3 = 0] = await findFreePorts(2);
  const bindings = [{ sink: 'witness' }];
  const virtualServers = [
    { id: 'mx', protocol: 'smtp', listen: [`127.0.0.1:${smtp}`], hostname: 'mx.example.test', bindings },
    { id: 'pop', protocol: 'pop3', listen: [`127.0.0.1:${pop3}`], bindings, limits: { loginDelay: '0s' } },
  ];
  const sluice = await startSluice({ folder, smtp, pop3, sinks: [sinks], more: { virtualServers } });
  await sluice.ready();
  const said = (words: string): Promise<unknown> =>
    vi.waitUntil(() => sluice.output().includes(`"msg":"${words}"`), { timeout: 10_000 });

  const client = await openSmtp(smtp);
  await client.send('ann@client.test', ['bob@example.test'], Buffer.from('Subject: hello\r\n\r\nHello.\r\n'));
  await client.send('alice@example.test', ['bob@example.test'], Buffer.from('Subject: bounce me\r\n\r\nHello.\r\n'));
  await expect(client.send('ann@client.test', ['nobody@example.test'], Buffer.from('\r\n'))).rejects.toThrow('5.1.1');
  await client[Symbol.asyncDispose]();
  for (const words of ['onLoad', 'onConnect smtp', 'onEhlo', 'onMail', 'onRcpt', 'onData', 'onEndOfData']) {
    await said(words);
  }
  await said('onReject RCPT');
  await said('onDisconnect smtp');
  await said('onArrival');
  await said('onDelivered bob@example.test');
  await said('onBounced bob@example.test');
  await said('onDelivered alice@example.test');

  const password = sluice.passwords().get('bob@example.test') ?? '';
  await expect(openPop3(pop3, 'bob@example.test', 'wrong')).rejects.toThrow('-ERR');
  const maildrop = await openPop3(pop3, 'bob@example.test', password);
  expect(String(await maildrop.retrieve(1))).toContain('Hello.');
  await maildrop.quit();
  for (const words of ['onConnect pop3', 'onAuth false', 'onReject PASS', 'onAuth true', 'onRetrieve RETR']) {
    await said(words);
  }
  await said('onDisconnect pop3');
  await said('onTimer tick');
  await said('onTimer second');

  expect(await sluice.stop()).toBe(0);
  await said('onUnload');
  await rm(folder, { recursive: true });
}, 60_000);
