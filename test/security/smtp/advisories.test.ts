import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { expect, test } from 'vitest';
import { appendField, next, reject, setField } from '../../../sdk/index.ts';
import { openClient, play } from '../../support/dialogue.ts';
import { hello, oneMessage, serve } from '../../core/protocols/smtp/serve.ts';

// What others got wrong, one test each, against a live server. Smuggling, bare line ends and lines without end are in
// smuggling.test.ts; what mail does to the decoded view, in ../decoded-view; sinks and their folders, in ../sandbox.

const pem = (name: string): Buffer => readFileSync(new URL(`../../support/certificates/${name}`, import.meta.url));
const context = createSecureContext({ cert: pem('one.cert.pem'), key: pem('one.key.pem') });
const base64 = (text: string): string => Buffer.from(text).toString('base64');

test('CVE-2011-0411, CVE-2021-38371: what came in the clear along with STARTTLS is thrown away', async () => {
  await using server = await serve({ tls: () => context });
  await using client = await openClient(server.port);
  await client.play(hello);
  client.send('STARTTLS\r\nEHLO evil.test\r\nMAIL FROM:<evil@client.test>\r\n');
  await client.play('S: 220 …');
  await client.secure();
  await client.play('C: MAIL FROM:<ann@client.test>\nS: 503 5.5.1 EHLO or HELO first\nC: EHLO client.test\nS: 250*');
});

test('CVE-2021-38542, CVE-2022-28220: STARTTLS takes no argument, and nothing said before it counts after it', async () => {
  await using server = await serve({ tls: () => context });
  await using client = await openClient(server.port);
  await client.play(
    `${hello}C: STARTTLS now
     S: 501 5.5.4 …
     C: AUTH PLAIN ${base64('\0bob@example.test\0secret')}
     S: 235 …
     C: MAIL FROM:<ann@client.test>
     S: 250 …
     C: STARTTLS
     S: 220 …`,
  );
  await client.secure();
  await client.play('C: RCPT TO:<bob@example.test>\nS: 503 …\nC: EHLO client.test\nS: 250*\nC: DATA\nS: 503 …');
});

test('RFC 2920, smtpd_forbid_unauth_pipelining: content sent before 354 ends the session, and none of it runs', async () => {
  await using server = await serve();
  await play(
    `${hello}C: MAIL FROM:<ann@client.test>
     C: RCPT TO:<bob@example.test>
     C: DATA
     C: Subject: early
     C:
     C: .
     S: 250 …
     S: 250 …
     S: 554 5.5.0 …
     -- closed`,
    server.port,
  );
  expect(server.submissions).toEqual([]);
});

test('CVE-2026-38728, in AUTH: a response without end is refused at its limit and thrown away', async () => {
  await using server = await serve();
  await using client = await openClient(server.port);
  await client.play(`${hello}C: AUTH LOGIN\nS: 334 …`);
  client.send('A'.repeat(20_000));
  await client.play('S: 500 5.5.6 …');
  client.send('\r\n');
  await client.play('C: NOOP\nS: 250 2.0.0 Ok');
});

test.each(['XCLIENT ADDR=192.0.2.1', 'XFORWARD NAME=spike.example', 'PROXY TCP4 192.0.2.1 192.0.2.2 1 25'])(
  'field.md 4.6: %s lets nobody say that it is somebody else',
  async (command) => {
    await using server = await serve();
    await play(`${hello}C: ${command}\nS: 50…`, server.port);
    expect(server.trace.filter(({ event }) => event === 'accepted')).toEqual([]);
  },
);

test.each(['line\r\n250 2.0.0 forged', 'nul\0', 'x'.repeat(500)])(
  'Postfix 2026-08-19: a reply of a sink that is no line is none at all (%j)',
  async (text) => {
    await using server = await serve({ sinks: { onMail: () => reject(text) } });
    await play(`${hello}C: MAIL FROM:<ann@client.test>\nS: 451 4.3.0 …\nC: NOOP\nS: 250 2.0.0 Ok`, server.port);
  },
);

test.each(['ENVID=ab+0D+0ARCPT', 'ENVID=a+00b', 'ENVID=a+7Fb', 'ENVID=a+0d'])(
  'xtext is judged by what it decodes to: %s is refused',
  async (parameter) => {
    await using server = await serve();
    await play(`${hello}C: MAIL FROM:<ann@client.test> ${parameter}\nS: 501 5.5.4 …`, server.port);
  },
);

test('CVE-2026-34752: a header field called __proto__ is a field like others', async () => {
  const seen: unknown[] = [];
  await using server = await serve({
    sinks: {
      onEndOfData: ({ message }) => (
        seen.push(...message.fields.map(([name]) => name)),
        next(setField('X-Seen', 'yes'))
      ),
    },
  });
  const fields = 'C: __proto__: polluted\nC: constructor: x\nC: Subject: hello';
  await play(`${hello}${oneMessage.replace('C: Subject: hello', fields)}`, server.port);
  expect(seen).toEqual(expect.arrayContaining(['__proto__', 'constructor', 'Subject']));
  expect(server.submissions[0]?.text).toContain('__proto__: polluted\r\n');
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
});

test.each([
  ['X-A', 'a\r\n.\r\nMAIL FROM:<evil@client.test>'],
  ['X-A', 'a\nBcc: eve@example.test'],
  ['X-A\r\nBcc', 'eve@example.test'],
  ['X A', 'b'],
  ['', 'b'],
])('CVE-2024-21742, Postfix 2026-08-16: a sink cannot write the field %j: %j', async (name, value) => {
  await using server = await serve({ sinks: { onEndOfData: () => next(appendField(name, value)) } });
  await play(`${hello}${oneMessage.replace('S: 250 2.0.0 Ok: queued as …', 'S: 451 4.3.0 …')}`, server.port);
  expect(server.submissions).toEqual([]);
});

test('GHSA-mm7p-fcc7-pg87, CVE-2020-10967: the domain follows the last @ outside quotes, and nobody is called ""', async () => {
  await using server = await serve();
  await play(
    `${hello}C: MAIL FROM:<ann@client.test>
     C: RCPT TO:<"bob@example.test x"@remote.test>
     C: RCPT TO:<""@example.test>
     C: RCPT TO:<"bob"@example.test>
     S: 250 …
     S: 550 5.7.1 Relaying denied
     S: 501 5.1.3 …
     S: 250 …`,
    server.port,
  );
});

test('CVE-2025-59028: base64 that is none ends its own login and no other', async () => {
  await using server = await serve();
  await using other = await openClient(server.port);
  await other.play(`${hello}C: AUTH LOGIN\nS: 334 …\nC: ${base64('bob@example.test')}\nS: 334 …`);
  await play(`${hello}C: AUTH LOGIN\nS: 334 …\nC: !!!!\nS: 501 5.5.2 …\nC: NOOP\nS: 250 …`, server.port);
  await other.play(`C: ${base64('secret')}\nS: 235 …`);
});

test.each([`' OR 1=1 --`, `*)(uid=*`, `bob@example.test' --`, `../../etc/passwd@example.test`, 'bob@example.test\n'])(
  'CVE-2026-24031, GHSA-5835-4gvc-32pc, CVE-2021-40525: %j is no user',
  async (user) => {
    await using server = await serve();
    await play(`${hello}C: AUTH PLAIN ${base64(`\0${user}\0secret`)}\nS: 535 5.7.8 …`, server.port);
  },
);

test.each([';sleep 66;', '`id`@', '$(id)', '|sh', 'x;id@example.test/..'])(
  'CVE-2020-7247: MAIL FROM:<%s> is no address, and no shell ever sees one',
  async (path) => {
    await using server = await serve();
    await play(`${hello}C: MAIL FROM:<${path}>\nS: 501 5.1.7 Malformed reverse-path`, server.port);
  },
);

test('hMailServer Events.cpp: a password that is code is a password, and no sink is told it', async () => {
  const seen: unknown[] = [];
  await using server = await serve({ sinks: { onAuth: (event) => (seen.push(event), next()) } });
  const password = `");require('fs');("`;
  await play(`${hello}C: AUTH PLAIN ${base64(`\0bob@example.test\0${password}`)}\nS: 535 …`, server.port);
  expect(seen).toMatchObject([{ verified: false, identity: 'bob@example.test' }]);
  expect(JSON.stringify([seen, server.trace])).not.toContain('require');
});
