import { expect, test } from 'vitest';
import { play } from '../../../support/dialogue.ts';
import { hello, serve } from './serve.ts';

const content = `C: DATA
S: 354 …
C: Subject: hello
C:
C: .
S: 250 2.0.0 …
`;

test('what the client asks of reports goes into the queue (RFC 3461 §4)', async () => {
  await using server = await serve();
  await play(
    `${hello}
     C: MAIL FROM:<ann@client.test> RET=HDRS ENVID=QQ314159
     S: 250 2.1.0 Ok
     C: RCPT TO:<bob@example.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Bob+2BSales@example.test
     S: 250 2.1.5 Ok
     C: RCPT TO:<ann@example.test>
     S: 250 2.1.5 Ok
     ${content}`,
    server.port,
  );
  expect(server.submissions).toMatchObject([
    {
      recipients: ['bob@example.test', 'ann@example.test'],
      reporting: {
        ret: 'HDRS',
        envid: 'QQ314159',
        recipients: [{ notify: 'SUCCESS,FAILURE', orcpt: 'rfc822;Bob+2BSales@example.test' }, null],
      },
    },
  ]);
});

test('who asks nothing has asked nothing; a recipient named twice is asked about as the first time', async () => {
  await using server = await serve();
  await play(
    `${hello}
     C: MAIL FROM:<ann@client.test>
     S: 250 …
     C: RCPT TO:<bob@example.test>
     S: 250 …
     ${content}
     C: MAIL FROM:<ann@client.test>
     S: 250 …
     C: RCPT TO:<bob@example.test> NOTIFY=NEVER
     S: 250 …
     C: RCPT TO:<bob@EXAMPLE.test> NOTIFY=DELAY
     S: 250 …
     ${content}`,
    server.port,
  );
  expect(server.submissions.map(({ reporting }) => reporting)).toEqual([
    undefined,
    { ret: null, envid: null, recipients: [{ notify: 'NEVER', orcpt: null }] },
  ]);
});

test.each([
  'MAIL FROM:<ann@client.test> RET=ALL',
  'MAIL FROM:<ann@client.test> RET',
  'MAIL FROM:<ann@client.test> ENVID=a+b',
  `MAIL FROM:<ann@client.test> ENVID=${'x'.repeat(101)}`,
  'MAIL FROM:<ann@client.test> RET=FULL RET=HDRS',
])('%s is 501', async (line) => {
  await using server = await serve();
  await play(`${hello}\nC: ${line}\nS: 501 5.5.4 Malformed or repeated parameter`, server.port);
});

test.each([
  'NOTIFY=',
  'NOTIFY',
  'NOTIFY=NEVER,SUCCESS',
  'NOTIFY=ALWAYS',
  'NOTIFY=SUCCESS,',
  'ORCPT=bob@example.test',
  'ORCPT=rfc822;',
  'ORCPT=rfc822;a+2bc',
])('RCPT with %s is 501', async (parameter) => {
  await using server = await serve();
  await play(
    `${hello}
     C: MAIL FROM:<ann@client.test>
     S: 250 …
     C: RCPT TO:<bob@example.test> ${parameter}
     S: 501 5.5.4 Malformed or repeated parameter`,
    server.port,
  );
});

test('after HELO, and where onEhlo hid DSN, its parameters are 555', async () => {
  await using server = await serve({
    sinks: { onEhlo: () => ({ kind: 'next', edits: [{ kind: 'hide-capability', keyword: 'DSN' }] }) },
  });
  await play(
    `S: 220 …
     C: HELO client.test
     S: 250 …
     C: MAIL FROM:<ann@client.test> RET=FULL
     S: 555 5.5.4 Parameter RET is not implemented
     C: EHLO client.test
     S: 250*
     C: MAIL FROM:<ann@client.test>
     S: 250 …
     C: RCPT TO:<bob@example.test> NOTIFY=NEVER
     S: 555 5.5.4 Parameter NOTIFY is not implemented`,
    server.port,
  );
});
