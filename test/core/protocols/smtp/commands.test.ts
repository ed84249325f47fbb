import { expect, test } from 'vitest';
import { play } from '../../../support/dialogue.ts';
import { hello, oneMessage, serve } from './serve.ts';

test('commands out of order are refused with 503, and change nothing (RFC 5321 §4.1.4)', async () => {
  await using server = await serve();
  await play(
    `S: 220 …
     C: MAIL FROM:<ann@client.test>
     S: 503 5.5.1 EHLO or HELO first
     C: RCPT TO:<bob@example.test>
     S: 503 5.5.1 EHLO or HELO first
     C: DATA
     S: 503 5.5.1 EHLO or HELO first
     C: EHLO client.test
     S: 250*
     C: RCPT TO:<bob@example.test>
     S: 503 5.5.1 MAIL first
     C: DATA
     S: 503 5.5.1 MAIL first
     C: MAIL FROM:<ann@client.test>
     S: 250 2.1.0 Ok
     C: MAIL FROM:<ann@client.test>
     S: 503 5.5.1 MAIL was already given, RSET first
     C: DATA
     S: 554 5.5.1 No valid recipients
     C: RSET
     S: 250 2.0.0 Ok
     C: DATA
     S: 503 5.5.1 MAIL first
     ${oneMessage}`,
    server.port,
  );
});

test('EHLO and RSET end a transaction; a refused EHLO does not (RFC 5321 §4.1.4)', async () => {
  await using server = await serve();
  await play(
    `${hello}
     C: MAIL FROM:<ann@client.test>
     S: 250 …
     C: EHLO not a domain
     S: 501 5.5.4 Syntax: EHLO <domain or address literal>
     C: RCPT TO:<bob@example.test>
     S: 250 …
     C: EHLO client.test
     S: 250*
     C: RCPT TO:<bob@example.test>
     S: 503 5.5.1 MAIL first`,
    server.port,
  );
});

test.each(['', 'a b', '<script>', 'host(comment)', '[300.1.1.1]', 'a'.repeat(300)])(
  'EHLO %j is refused',
  async (domain) => {
    await using server = await serve();
    await play(
      `S: 220 …
       C: EHLO ${domain}
       S: 501 5.5.4 Syntax: EHLO <domain or address literal>
       C: HELO ${domain}
       S: 501 5.5.4 Syntax: HELO <domain or address literal>`,
      server.port,
    );
  },
);

test.each(['client.test', '[192.0.2.7]', '[IPv6:2001:db8::7]', 'my_machine', 'localhost', '2001:db8::7'])(
  'EHLO %s is taken',
  async (domain) => {
    await using server = await serve();
    await play(`S: 220 …\nC: EHLO ${domain}\nS: 250*`, server.port);
  },
);

test('after HELO nothing extended is there: no parameters, no pipelining (RFC 5321 §2.2.1)', async () => {
  await using server = await serve();
  await play(
    `S: 220 …
     C: HELO client.test
     S: 250 mail.example.test
     C: MAIL FROM:<ann@client.test> SIZE=100
     S: 555 5.5.4 Parameter SIZE is not implemented
     C: MAIL FROM:<ann@client.test>
     S: 250 2.1.0 Ok
     C: RCPT TO:<bob@example.test>
     S: 250 2.1.5 Ok
     C: DATA
     S: 354 …
     C: .
     S: 250 2.0.0 …
     C: MAIL FROM:<ann@client.test>
     C: RCPT TO:<bob@example.test>
     S: 554 5.5.0 You must wait for the reply to this command (RFC 2920)
     -- closed`,
    server.port,
  );
  expect(server.submissions[0]?.text).toContain('with SMTP id');
});

test('verbs are known in any case; white space at the end of a line does not count', async () => {
  await using server = await serve();
  await play(
    `S: 220 …
     C: ehlo client.test  \t
     S: 250*
     C: mail from:<ann@client.test>
     S: 250 2.1.0 Ok
     C: Rcpt To:<bob@example.test>
     S: 250 2.1.5 Ok
     C: rset  
     S: 250 2.0.0 Ok
     C: nOOp whatever
     S: 250 2.0.0 Ok
     C: VRFY bob
     S: 252 2.0.0 …
     C: VRFY
     S: 501 5.5.2 Syntax: VRFY <string>
     C: HELP MAIL
     S: 214 2.0.0 …
     C: RSET now
     S: 501 5.5.4 RSET takes no argument
     C: DATA now
     S: 501 5.5.4 DATA takes no argument
     C: QUIT now
     S: 501 5.5.4 QUIT takes no argument
     C: quit
     S: 221 2.0.0 Bye
     -- closed`,
    server.port,
  );
});

test('what is not here is refused: 502 for what RFCs know, 500 for what nobody knows', async () => {
  await using server = await serve();
  await play(
    `${hello}
     C: EXPN staff
     S: 502 5.5.1 Command not implemented
     C: ETRN example.test
     S: 502 5.5.1 Command not implemented
     C: STARTTLS
     S: 502 5.5.1 Command not implemented
     C: XCLIENT ADDR=192.0.2.1
     S: 502 5.5.1 Command not implemented
     C: WIZ
     S: 500 5.5.2 Command not recognized
     C: SHELL
     S: 500 5.5.2 Command not recognized
     C: KILL
     S: 500 5.5.2 Command not recognized
     C: __proto__
     S: 500 5.5.2 Command not recognized
     C: constructor
     S: 500 5.5.2 Command not recognized
     C:
     S: 500 5.5.2 Command not recognized`,
    server.port,
  );
});

test.each([
  ['FROM:ann@client.test', '501 5.1.7 Malformed reverse-path'],
  ['FROM:<ann>', '501 5.1.7 Malformed reverse-path'],
  ['FROM:<postmaster>', '501 5.1.7 Malformed reverse-path'],
  ['FROM:<ann@client.test', '501 5.1.7 Malformed reverse-path'],
  ['FROM:<ann@client..test>', '501 5.1.7 Malformed reverse-path'],
  ['FROM:<""@client.test>', '501 5.1.7 Malformed reverse-path'],
  [`FROM:<${'a'.repeat(260)}@client.test>`, '501 5.1.7 Malformed reverse-path'],
  ['FROM:<änn@client.test>', '553 5.6.7 This address needs SMTPUTF8, in the right UTF-8'],
  ['FROM', '501 5.5.2 Syntax: MAIL FROM:<address>'],
  ['TO:<ann@client.test>', '501 5.5.2 Syntax: MAIL FROM:<address>'],
  ['FROM:<ann@client.test>SIZE=1', '501 5.5.4 Malformed or repeated parameter'],
  ['FROM:<ann@client.test> SIZE=1 SIZE=2', '501 5.5.4 Malformed or repeated parameter'],
  ['FROM:<ann@client.test> SIZE', '501 5.5.4 Malformed or repeated parameter'],
  ['FROM:<ann@client.test> SIZE=many', '501 5.5.4 Malformed or repeated parameter'],
  ['FROM:<ann@client.test> =1', '501 5.5.4 Malformed or repeated parameter'],
  ['FROM:<ann@client.test> SIZE=65537', '552 5.3.4 The message is larger than 65536 octets'],
  ['FROM:<ann@client.test> SIZE=99999999999999999999', '552 5.3.4 The message is larger than 65536 octets'],
  ['FROM:<ann@client.test> XBOGUS=1', '555 5.5.4 Parameter XBOGUS is not implemented'],
  ['FROM:<ann@client.test> MT-PRIORITY=3', '555 5.5.4 Parameter MT-PRIORITY is not implemented'],
  ['FROM:<ann@client.test> __PROTO__=3', '501 5.5.4 Malformed or repeated parameter'],
  ['FROM:<ann@client.test> BODY=BINARYMIME', '555 5.5.4 Parameter BODY=BINARYMIME is not implemented'],
  ['FROM:<ann@client.test> BODY', '501 5.5.4 Malformed or repeated parameter'],
])('MAIL %s is refused', async (argument, reply) => {
  await using server = await serve();
  await play(`${hello}\nC: MAIL ${argument}\nS: ${reply}\n${oneMessage}`, server.port);
});

test.each([
  ['FROM:<>', ''],
  ['FROM: <ann@client.test>', 'ann@client.test'],
  ['FROM:<@relay.test,@other.test:ann@client.test>', 'ann@client.test'],
  ['FROM:<"ann lee"@client.test>', '"ann lee"@client.test'],
  ['FROM:<"a@b"@client.test>', '"a@b"@client.test'],
  ['FROM:<"ann"@client.test>', 'ann@client.test'],
  ['FROM:<ann@[192.0.2.1]>', 'ann@[192.0.2.1]'],
  ['FROM:<ann@[IPv6:2001:db8::1]>', 'ann@[IPv6:2001:db8::1]'],
  ['FROM:<ann@client.test> SIZE=100 BODY=8bitmime', 'ann@client.test'],
])('MAIL %s is taken', async (argument, reversePath) => {
  await using server = await serve();
  await play(
    `${hello}
     C: MAIL ${argument}
     S: 250 2.1.0 Ok
     C: RCPT TO:<bob@example.test>
     S: 250 2.1.5 Ok
     C: DATA
     S: 354 …
     C: .
     S: 250 2.0.0 …`,
    server.port,
  );
  expect(server.submissions[0]?.reversePath).toBe(reversePath);
});

test('RCPT takes who is here and nobody else, each refusal with its own status', async () => {
  await using server = await serve({ users: ['bob', 'Postmaster', 'ann'].map((user) => user.toLowerCase()) });
  await play(
    `${hello}
     C: MAIL FROM:<ann@client.test>
     S: 250 …
     C: RCPT TO:<nobody@example.test>
     S: 550 5.1.1 No such mailbox here
     C: RCPT TO:<bob@remote.test>
     S: 550 5.7.1 Relaying denied
     C: RCPT TO:<bob%remote.test@example.test>
     S: 550 5.1.1 No such mailbox here
     C: RCPT TO:<"bob@remote.test"@example.test>
     S: 550 5.1.1 No such mailbox here
     C: RCPT TO:<@example.test:bob@remote.test>
     S: 550 5.7.1 Relaying denied
     C: RCPT TO:<>
     S: 501 5.1.3 Malformed forward-path
     C: RCPT TO:bob@example.test
     S: 501 5.1.3 Malformed forward-path
     C: RCPT TO:<bob@exämple.test>
     S: 553 5.6.7 …
     C: RCPT FROM:<bob@example.test>
     S: 501 5.5.2 Syntax: RCPT TO:<address>
     C: RCPT TO:<bob@example.test> HOLDFOR=60
     S: 555 5.5.4 Parameter HOLDFOR is not implemented
     C: RCPT TO:<bob@example.test>
     S: 250 2.1.5 Ok`,
    server.port,
  );
});

test('<Postmaster> without a domain is the postmaster of this server (RFC 5321 §4.5.1)', async () => {
  await using server = await serve({
    services: {
      directory: {
        resolve: async (user) =>
          user === 'postmaster@mail.example.test' ? { kind: 'user', user, mailbox: 'x' } : { kind: 'unknown' },
        isLocalDomain: () => true,
      },
    },
  });
  await play(`${hello}${oneMessage.replace('bob@example.test', 'PostMaster')}`, server.port);
  expect(server.submissions[0]?.recipients).toEqual(['postmaster@mail.example.test']);
});

test('Bob and bob are two recipients, the same one named twice is one', async () => {
  await using server = await serve();
  await play(
    `${hello}
     C: MAIL FROM:<ann@client.test>
     C: RCPT TO:<Bob@example.test>
     C: RCPT TO:<bob@example.test>
     C: RCPT TO:<bob@EXAMPLE.test>
     C: DATA
     S: 250 2.1.0 Ok
     S: 250 2.1.5 Ok
     S: 250 2.1.5 Ok
     S: 250 2.1.5 Ok
     S: 354 …
     C: .
     S: 250 2.0.0 …`,
    server.port,
  );
  expect(server.submissions[0]?.recipients).toEqual(['Bob@example.test', 'bob@example.test']);
  expect(server.submissions[0]?.text).not.toContain('for <');
});

test('a group of commands is answered in order, and QUIT may end it (RFC 2920)', async () => {
  await using server = await serve();
  await play(
    `${hello}
     C: MAIL FROM:<ann@client.test>
     C: RCPT TO:<nobody@example.test>
     C: RCPT TO:<bob@example.test>
     C: NOOP
     C: DATA
     S: 250 2.1.0 Ok
     S: 550 5.1.1 No such mailbox here
     S: 250 2.1.5 Ok
     S: 250 2.0.0 Ok
     S: 354 …
     C: hello
     C: .
     C: MAIL FROM:<ann@client.test>
     C: RCPT TO:<bob@example.test>
     C: RSET
     C: QUIT
     S: 250 2.0.0 …
     S: 250 2.1.0 Ok
     S: 250 2.1.5 Ok
     S: 250 2.0.0 Ok
     S: 221 2.0.0 Bye
     -- closed`,
    server.port,
  );
});

test('content sent before 354, and commands sent before the reply to EHLO, end the session', async () => {
  await using server = await serve();
  await play(
    `${hello}
     C: MAIL FROM:<ann@client.test>
     C: RCPT TO:<bob@example.test>
     C: DATA
     C: Subject: hello
     C: .
     S: 250 2.1.0 Ok
     S: 250 2.1.5 Ok
     S: 554 5.5.0 You must wait for the reply to this command (RFC 2920)
     -- closed`,
    server.port,
  );
  await play(
    `S: 220 …
     C: EHLO client.test
     C: MAIL FROM:<ann@client.test>
     S: 554 5.5.0 You must wait for the reply to this command (RFC 2920)
     -- closed`,
    server.port,
  );
  expect(server.submissions).toEqual([]);
});

test('a browser is hung up on before its form becomes a command', async () => {
  await using server = await serve();
  await play(
    `S: 220 …
     C: POST / HTTP/1.1
     S: 421 4.7.0 This is SMTP, not HTTP
     -- closed`,
    server.port,
  );
});
