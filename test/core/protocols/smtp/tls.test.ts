import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import { expect, test } from 'vitest';
import { openClient, play } from '../../../support/dialogue.ts';
import { hello, oneMessage, serve } from './serve.ts';

const folder = new URL('../../../support/certificates/', import.meta.url);
async function contextOf(name: 'one' | 'two'): Promise<SecureContext> {
  const [cert, key] = await Promise.all(
    ['cert', 'key'].map((part) => readFile(new URL(`${name}.${part}.pem`, folder))),
  );
  return createSecureContext({ cert: cert ?? '', key: key ?? '' });
}
const one = await contextOf('one');
const two = await contextOf('two');

const toTls = `S: 220 …
C: EHLO client.test
S: 250-mail.example.test
S: 250-PIPELINING
S: 250-SIZE 65536
S: 250-8BITMIME
S: 250-SMTPUTF8
S: 250-ENHANCEDSTATUSCODES
S: 250-CHUNKING
S: 250-DSN
S: 250-LIMITS …
S: 250-STARTTLS
S: 250 AUTH … PLAIN LOGIN
C: STARTTLS
S: 220 2.0.0 Ready to start TLS
`;

test('STARTTLS begins the session anew, and the Received field tells of it (RFC 3207 §4.2)', async () => {
  await using server = await serve({ tls: () => one });
  await using client = await openClient(server.port);
  await client.play(toTls);
  await client.secure();
  await client.play(
    `C: MAIL FROM:<ann@client.test>
     S: 503 5.5.1 EHLO or HELO first
     C: EHLO secret.test
     S: 250-mail.example.test
     S: 250-PIPELINING
     S: 250-SIZE 65536
     S: 250-8BITMIME
     S: 250-SMTPUTF8
     S: 250-ENHANCEDSTATUSCODES
     S: 250-CHUNKING
     S: 250-DSN
     S: 250-LIMITS …
     S: 250 AUTH … PLAIN LOGIN
     C: STARTTLS
     S: 503 5.5.1 TLS is already active
     ${oneMessage}
     C: QUIT
     S: 221 2.0.0 Bye
     -- closed`,
  );
  expect(server.submissions).toMatchObject([
    { session: { ehlo: 'secret.test', tls: { version: 'TLSv1.3', cipher: expect.stringMatching(/^TLS_/) } } },
  ]);
  expect(server.submissions[0]?.text).toMatch(
    /^Received: from secret\.test \(\[127\.0\.0\.1\]\)\r\n\tby mail\.example\.test with ESMTPS \(TLSv1\.3 TLS_\w+\) id /,
  );
});

test('CVE-2011-0411: nothing sent in the clear behind STARTTLS is there after the handshake', async () => {
  await using server = await serve({ tls: () => one });
  await using client = await openClient(server.port);
  await client.play(
    String.raw`${hello}
     C: MAIL FROM:<ann@client.test>
     S: 250 …
     R: STARTTLS\r\nEHLO injected.test\r\nMAIL FROM:<injected@client.test>\r\nRSE
     S: 220 2.0.0 Ready to start TLS`,
  );
  await client.secure();
  await client.play(
    `C: T
     S: 500 5.5.2 Command not recognized
     C: RCPT TO:<bob@example.test>
     S: 503 5.5.1 EHLO or HELO first`,
  );
});

test('without a certificate there is no STARTTLS, whatever smtp-server brings along', async () => {
  await using server = await serve();
  await play(`${hello}\nC: STARTTLS\nS: 502 5.5.1 Command not implemented\n${oneMessage}`, server.port);
});

test('STARTTLS takes no argument and wants EHLO before it', async () => {
  await using server = await serve({ tls: () => one });
  await play(
    `S: 220 …
     C: STARTTLS
     S: 503 5.5.1 EHLO or HELO first
     C: EHLO client.test
     S: 250*
     C: STARTTLS now
     S: 501 5.5.4 STARTTLS takes no argument`,
    server.port,
  );
});

test('a certificate that goes between EHLO and STARTTLS is 454, one that changes is the new one', async () => {
  let current: SecureContext | null = one;
  await using server = await serve({ tls: () => current });
  await using client = await openClient(server.port);
  await client.play(toTls.split('C: STARTTLS')[0] ?? '');
  current = null;
  await client.play('C: STARTTLS\nS: 454 4.7.0 TLS not available now');
  current = two;
  await client.play('C: STARTTLS\nS: 220 2.0.0 …');
  const tls = await client.secure();
  expect(tls.getPeerCertificate().subject.CN).toBe('two.example.test');
});

test('a handshake that fails ends its own connection and no other', async () => {
  await using server = await serve({ tls: () => one });
  await using other = await openClient(server.port);
  await other.play(toTls);
  await using broken = await openClient(server.port);
  await broken.play(toTls);
  broken.send('this is not a ClientHello\r\n\r\n');
  expect(await broken.closed()).not.toContainEqual(expect.stringMatching(/^\d{3}/));
  await using vanished = await openClient(server.port);
  await vanished.play(toTls);
  vanished.vanish();
  await other.secure();
  await other.play('C: NOOP\nS: 250 2.0.0 Ok');
  await expect.poll(() => server.smtp.sessions).toBe(1);
});

test('onStartTls is told of the session as TLS made it', async () => {
  const seen: unknown[] = [];
  await using server = await serve({ tls: () => one, sinks: { onStartTls: ({ session }) => void seen.push(session) } });
  await using client = await openClient(server.port);
  await client.play(toTls);
  await client.secure();
  await client.play('C: NOOP\nS: 250 …');
  await expect.poll(() => seen).toMatchObject([{ ehlo: null, tls: { version: 'TLSv1.3' } }]);
});

test('draining cuts off who is in the middle of a handshake', async () => {
  await using server = await serve({ tls: () => one });
  await using client = await openClient(server.port);
  await client.play(toTls);
  await server.smtp.drain(60_000);
  expect(server.smtp.sessions).toBe(0);
});
