import { expect, test } from 'vitest';
import { play } from '../../../support/dialogue.ts';
import { serve } from './serve.ts';

test('a message goes from greeting to queue (RFC 5321 appendix D.1)', async () => {
  await using server = await serve();
  await play(
    `S: 220 mail.example.test ESMTP Sluice
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
     S: 250 AUTH SCRAM-SHA-256 PLAIN LOGIN
     C: MAIL FROM:<ann@client.test>
     S: 250 2.1.0 Ok
     C: RCPT TO:<bob@example.test>
     S: 250 2.1.5 Ok
     C: DATA
     S: 354 End data with <CR><LF>.<CR><LF>
     C: Subject: hello
     C:
     C: ..a line with a dot
     C: .
     S: 250 2.0.0 Ok: queued as id2
     C: QUIT
     S: 221 2.0.0 Bye
     -- closed`,
    server.port,
  );
  expect(server.submissions).toMatchObject([
    {
      traceId: 'id2',
      virtualServer: 'mx',
      source: 'smtp',
      reversePath: 'ann@client.test',
      recipients: ['bob@example.test'],
      session: { id: 'id1', protocol: 'smtp', ehlo: 'client.test', tls: null, identity: null },
    },
  ]);
  expect(server.submissions[0]?.text).toBe(
    'Received: from client.test ([127.0.0.1])\r\n' +
      '\tby mail.example.test with ESMTP id id2\r\n' +
      '\tfor <bob@example.test>;\r\n' +
      '\tMon, 23 Nov 2026 12:00:00 +0000\r\n' +
      'Subject: hello\r\n\r\n.a line with a dot\r\n',
  );
});
