import { expect, test } from 'vitest';
import { play } from '../../../support/dialogue.ts';
import { hello, serve } from './serve.ts';

const bob = Buffer.from('\0bob@example.test\0secret').toString('base64');

test('VRFY tells nobody anything by default, and off is off (RFC 5321 §7.3)', async () => {
  await using server = await serve();
  await play(`${hello}C: AUTH PLAIN ${bob}\nS: 235 …\nC: VRFY bob@example.test\nS: 252 2.0.0 …`, server.port);
  await using off = await serve({ options: { vrfy: 'off' } });
  await play(`${hello}C: VRFY bob@example.test\nS: 502 5.5.1 Command not implemented`, off.port);
});

test('VRFY tells who authenticated, where it may, and nobody else', async () => {
  await using server = await serve({ options: { vrfy: 'authenticated' } });
  await play(
    `${hello}C: VRFY bob@example.test
     S: 252 2.0.0 …
     C: AUTH PLAIN ${bob}
     S: 235 …
     C: VRFY <bob@example.test>
     C: VRFY nobody@example.test
     C: VRFY bob@remote.test
     C: VRFY bob
     C: VRFY bob> SIZE=1
     S: 250 2.1.5 <bob@example.test>
     S: 550 5.1.1 No such mailbox here
     S: 252 2.0.0 …
     S: 252 2.0.0 …
     S: 252 2.0.0 …`,
    server.port,
  );
});

test('so many errors and no more, as the options say', async () => {
  await using server = await serve({ options: { limits: { errors: 2 } } });
  await play(`${hello}C: ONE\nC: TWO\nC: THREE\nS: 500 …\nS: 500 …\nS: 500 …\nS: 421 4.7.0 …\n-- closed`, server.port);
});

test('a tarpit holds refusals back, and nothing else, and what follows keeps its order', async () => {
  await using server = await serve({ options: { limits: { tarpit: 20 } } });
  const start = performance.now();
  await play(`${hello}C: NOOP\nC: ONE\nC: NOOP\nC: TWO\nS: 250 …\nS: 500 …\nS: 250 …\nS: 500 …`, server.port);
  expect(performance.now() - start).toBeGreaterThanOrEqual(38);
});

test('LIMITS says what one connection and one message may have (RFC 9422)', async () => {
  await using server = await serve({ options: { limits: { recipients: 7, messagesPerConnection: 3 } } });
  await play(
    `S: 220 …
     C: EHLO client.test
     S: 250-…
     S: 250-PIPELINING
     S: 250-SIZE …
     S: 250-8BITMIME
     S: 250-SMTPUTF8
     S: 250-ENHANCEDSTATUSCODES
     S: 250-CHUNKING
     S: 250-DSN
     S: 250-LIMITS MAILMAX=3 RCPTMAX=7
     S: 250 AUTH …`,
    server.port,
  );
});
