import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openExchanger } from '../support/mail-exchanger.ts';
import { play } from '../support/dialogue.ts';
import { openPop3 } from '../support/pop3-client.ts';
import { findFreePorts } from '../support/ports.ts';
import { startSluice } from '../support/sluice-process.ts';
import { openSmtp } from '../support/smtp-client.ts';

const sinks = resolve(import.meta.dirname, 'sinks');

test('every event of the catalogue that is live reaches a sink in a real process', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-events-'));
  const [smtp = 0, pop3 = 0] = await findFreePorts(2);
  const bindings = [{ sink: 'witness', on: { onCommand: { rule: 'verb=X-HELLO' } } }];
  await using far = await openExchanger({ says: (line) => (line.includes('<late@') ? '450 4.2.1 later' : undefined) });
  const routes = [{ domain: '*', smartHost: `127.0.0.1:${far.port}` }];
  const virtualServers = [
    {
      id: 'mx',
      protocol: 'smtp',
      listen: [`127.0.0.1:${smtp}`],
      hostname: 'mx.example.test',
      bindings,
      relay: { from: ['127.0.0.1'] },
    },
    { id: 'pop', protocol: 'pop3', listen: [`127.0.0.1:${pop3}`], bindings, limits: { loginDelay: '0s' } },
  ];
  const sluice = await startSluice({ folder, smtp, pop3, sinks: [sinks], more: { virtualServers, routes } });
  await sluice.ready();
  const said = (words: string): Promise<unknown> =>
    vi.waitUntil(() => sluice.output().includes(`"msg":"${words}"`), { timeout: 10_000 });

  const client = await openSmtp(smtp);
  await play('S: 220 …\nC: X-HELLO world\nS: 250 2.0.0 hello world', smtp);
  await said('onCommand smtp X-HELLO world');
  await client.send('ann@client.test', ['bob@example.test'], Buffer.from('Subject: hello\r\n\r\nHello.\r\n'));
  await client.send('alice@example.test', ['bob@example.test'], Buffer.from('Subject: bounce me\r\n\r\nHello.\r\n'));
  await client.send(
    'alice@example.test',
    ['x@far.test', 'late@far.test'],
    Buffer.from('Subject: out\r\n\r\nHello.\r\n'),
  );
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

  await said('onResolve user bob@example.test');
  await said('onResolve remote x@far.test');
  for (const words of ['onCategorized 2', 'onRoute far.test', 'onDeliver bob@example.test/INBOX', 'onReport failed']) {
    await said(words);
  }
  const outbound = ['onSessionStart mx.example.test', 'onMessageStart alice@example.test', 'onPerRecipient x@far.test'];
  for (const words of [...outbound, 'onBeforeData 127.0.0.1', 'onServerResponse RCPT 450', 'onSessionEnd 127.0.0.1']) {
    await said(words);
  }
  await said('onDelivered x@far.test');
  await said('onDeferred late@far.test');

  const password = sluice.passwords().get('bob@example.test') ?? '';
  await expect(openPop3(pop3, 'bob@example.test', 'wrong')).rejects.toThrow('-ERR');
  await play('S: +OK …\nC: X-HELLO again\nS: +OK hello again', pop3);
  await said('onCommand pop3 X-HELLO again');
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
