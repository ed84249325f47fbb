import { expect, test } from 'vitest';
import { addRecipient, next } from '../../../../sdk/index.ts';
import { readPath } from '../../../../core/protocols/smtp/path.ts';
import { play } from '../../../support/dialogue.ts';
import { hello, serve } from './serve.ts';

const remote = { options: { relay: { authenticated: false, from: ['127.0.0.1'] } } };

test.each([
  ['<用户@例え.jp>', '用户@xn--r8jz45g.jp'],
  ['<ännchen@BÜCHER.example>', 'ännchen@xn--bcher-kva.example'],
  ['<bob@straße.example>', 'bob@xn--strae-oqa.example'],
  ['<"ü b"@example.test>', '"ü b"@example.test'],
  ['<"ü"@example.test>', 'ü@example.test'],
])('%s is a path where UTF-8 may be used, its domain in A-labels (RFC 6531 §3.3)', (path, text) => {
  expect(readPath(path, 0, 'utf8')).toMatchObject({ kind: 'path', address: { text } });
  expect(readPath(path, 0)).toEqual({ kind: 'invalid', problem: 'non-ascii' });
});

test.each([
  ['a dot that only looks like one', '<bob@evil。com>'],
  ['wide letters', '<bob@ｅvil.com>'],
  ['a wide @', '<bob＠evil.com>'],
  ['a label that is none', '<bob@ü-.example>'],
  ['a control character of Unicode', '<b\u0085ob@example.test>'],
  ['a line end of Unicode', '<b\u2028ob@example.test>'],
  ['more octets than a path may have', `<${'ü'.repeat(125)}@example.test>`],
])('%s is refused, never mapped', (_, path) => {
  expect(readPath(path, 0, 'utf8').kind).toBe('invalid');
});

test('SMTPUTF8 takes addresses in UTF-8, to users and on their way out; trace and reports get them whole', async () => {
  await using server = await serve({ ...remote, users: ['用户'] });
  await play(
    `${hello}C: MAIL FROM:<ännchen@bücher.example> SMTPUTF8 BODY=8BITMIME
     C: RCPT TO:<用户@example.test> ORCPT=utf-8;用户@example.test
     C: DATA
     S: 250 2.1.0 Ok
     S: 250 2.1.5 Ok
     S: 354 …
     C: Subject: schön
     C:
     C: hello
     C: .
     S: 250 2.0.0 …
     C: MAIL FROM:<ann@client.test> SMTPUTF8
     C: RCPT TO:<bob@bücher.example>
     C: RCPT TO:<bob@XN--BCHER-KVA.example>
     S: 250 2.1.0 Ok
     S: 250 2.1.5 Ok
     S: 250 2.1.5 Ok
     C: BDAT 0 LAST
     S: 250 2.0.0 …`,
    server.port,
  );
  expect(server.submissions).toMatchObject([
    {
      reversePath: 'ännchen@xn--bcher-kva.example',
      recipients: ['用户@example.test'],
      reporting: { recipients: [{ orcpt: 'utf-8;\\x{7528}\\x{6237}@example.test' }] },
    },
    // One domain, however it is written: one recipient.
    { recipients: ['bob@xn--bcher-kva.example'] },
  ]);
  const text = Buffer.from(server.submissions[0]?.text ?? '', 'latin1').toString('utf8');
  expect(text).toMatch(/with UTF8SMTP id \S+\r\n\tfor <用户@example\.test>;/);
  expect(text).toContain('Subject: schön\r\n');
});

test.each([
  ['MAIL FROM:<ännchen@client.test>', '553 5.6.7 This address needs SMTPUTF8, in the right UTF-8'],
  ['MAIL FROM:<ann@bücher.example>', '553 5.6.7 …'],
  ['MAIL FROM:<ann@client.test> SMTPUTF8=1', '501 5.5.4 Malformed or repeated parameter'],
  ['MAIL FROM:<ann@client.test> RET=ü', '501 5.5.4 Malformed or repeated parameter'],
  ['MAIL FROM:<ann@client.test> SMTPUTF8 SMTPUTF8', '501 5.5.4 …'],
])('%s is refused: %s', async (command, reply) => {
  await using server = await serve();
  await play(`${hello}C: ${command}\nS: ${reply}`, server.port);
});

test('RCPT in UTF-8 belongs to a transaction that said SMTPUTF8; what is no UTF-8 belongs nowhere', async () => {
  await using server = await serve({ users: ['ü'] });
  await play(
    `${hello}C: MAIL FROM:<ann@client.test>
     C: RCPT TO:<ü@example.test>
     S: 250 2.1.0 Ok
     S: 553 5.6.7 …
     C: RSET
     S: 250 2.0.0 Ok
     C: MAIL FROM:<ann@client.test> SMTPUTF8
     R: RCPT TO:<\\xfc@example.test>\\r\\n
     C: RCPT TO:<ü@example.test>
     S: 250 2.1.0 Ok
     S: 553 5.6.7 …
     S: 250 2.1.5 Ok`,
    server.port,
  );
});

test('SMTPUTF8 that a sink hid is not there', async () => {
  await using server = await serve({
    sinks: { onEhlo: () => next({ kind: 'hide-capability', keyword: 'SMTPUTF8' }) },
  });
  await play(`${hello}C: MAIL FROM:<ann@client.test> SMTPUTF8\nS: 555 5.5.4 …`, server.port);
});

test('a sink may name a recipient in UTF-8', async () => {
  await using server = await serve({
    users: ['bob', 'ü'],
    sinks: { onRcpt: () => next(addRecipient('ü@example.test')) },
  });
  await play(
    `${hello}C: MAIL FROM:<ann@client.test>
     C: RCPT TO:<bob@example.test>
     C: BDAT 0 LAST
     S: 250 …
     S: 250 …
     S: 250 …`,
    server.port,
  );
  expect(server.submissions[0]?.recipients).toEqual(['ü@example.test', 'bob@example.test']);
});
