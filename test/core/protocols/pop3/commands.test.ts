import { expect, test } from 'vitest';
import { play } from '../../../support/dialogue.ts';
import { greeting, listen, login, servicesOf } from './pop3-server.ts';

const two = ['Subject: one\r\n\r\nfirst\r\n', 'Subject: two\r\n\r\n.dot\r\n..dots\r\nno end'];

/** Plays a script after bob's login. */
async function playAsBob(script: string, messages: readonly string[] = two) {
  const [services, seen] = servicesOf(messages);
  await using server = await listen(services);
  await play(`${login}\n${script}`, server.port);
  return seen;
}

test('USER and PASS open the maildrop, a space is part of the password (RFC 1939 §7)', async () => {
  const [services] = servicesOf(two);
  await using server = await listen(services);
  await play(
    `${greeting}
     C: USER bob
     S: +OK send PASS
     C: PASS open sesame
     S: +OK maildrop has 2 messages (59 octets)
     C: USER bob
     S: -ERR USER is not allowed now`,
    server.port,
  );
});

test('PASS comes right after USER or not at all (RFC 1939 §7)', async () => {
  const [services] = servicesOf(two);
  await using server = await listen(services);
  await play(
    `${greeting}
     C: PASS open sesame
     S: -ERR send USER first
     C: USER bob
     S: +OK send PASS
     C: CAPA
     S: +OK capabilities follow
     S: USER
     S: SASL SCRAM-SHA-256 PLAIN LOGIN
     S: TOP
     S: UIDL
     S: RESP-CODES
     S: AUTH-RESP-CODE
     S: PIPELINING
     S: EXPIRE NEVER
     S: .
     C: PASS open sesame
     S: -ERR send USER first
     C: USER bob smith
     S: -ERR syntax: see RFC 1939 section 7
     C: USER
     S: -ERR syntax: see RFC 1939 section 7`,
    server.port,
  );
});

test('nothing of the TRANSACTION state may be used before the login (RFC 1939 §4)', async () => {
  const [services] = servicesOf(two);
  await using server = await listen(services);
  const verbs = ['STAT', 'LIST', 'UIDL', 'RETR 1', 'TOP 1 0', 'DELE 1', 'RSET', 'NOOP'];
  const lines = verbs.map((verb) => `C: ${verb}\nS: -ERR ${verb.split(' ')[0]} is not allowed now`);
  await play([greeting, ...lines, 'C: QUIT', 'S: +OK bye', '-- closed'].join('\n'), server.port);
});

test('STAT counts messages and octets (RFC 1939 §5)', async () => {
  await playAsBob(`
     C: STAT
     S: +OK 2 59
     C: DELE 1
     S: +OK message 1 deleted
     C: stat
     S: +OK 1 36`);
});

test('LIST gives sizes by number, without what is marked (RFC 1939 §5)', async () => {
  await playAsBob(`
     C: LIST
     S: +OK 2 messages (59 octets)
     S: 1 23
     S: 2 36
     S: .
     C: LIST 2
     S: +OK 2 36
     C: LIST 3
     S: -ERR no such message
     C: DELE 2
     S: +OK message 2 deleted
     C: LIST 2
     S: -ERR message 2 already deleted
     C: LIST
     S: +OK 1 messages (23 octets)
     S: 1 23
     S: .`);
});

test('UIDL names messages by UIDVALIDITY and UID (RFC 1939 §7)', async () => {
  await playAsBob(`
     C: UIDL
     S: +OK unique ids follow
     S: 1 7.1
     S: 2 7.2
     S: .
     C: UIDL 2
     S: +OK 2 7.2
     C: UIDL 0
     S: -ERR syntax: see RFC 1939 section 7`);
});

test('RETR stuffs dots and ends the last line (RFC 1939 §3, §5)', async () => {
  await playAsBob(`
     C: RETR 2
     S: +OK 36 octets
     S: Subject: two
     S:
     S: ..dot
     S: ...dots
     S: no end
     S: .
     C: RETR 3
     S: -ERR no such message
     C: RETR
     S: -ERR syntax: see RFC 1939 section 5`);
});

test('TOP gives the header and that many lines of the body (RFC 1939 §7)', async () => {
  await playAsBob(`
     C: TOP 2 0
     S: +OK top of message follows
     S: Subject: two
     S:
     S: .
     C: TOP 2 1
     S: +OK top of message follows
     S: Subject: two
     S:
     S: ..dot
     S: .
     C: TOP 1 100
     S: +OK top of message follows
     S: Subject: one
     S:
     S: first
     S: .
     C: TOP 1
     S: -ERR syntax: see RFC 1939 section 7
     C: TOP 1 -1
     S: -ERR syntax: see RFC 1939 section 7`);
});

test('DELE marks a message once, RSET takes the marks back (RFC 1939 §5)', async () => {
  const { mail } = await playAsBob(`
     C: DELE 1
     S: +OK message 1 deleted
     C: DELE 1
     S: -ERR message 1 already deleted
     C: RETR 1
     S: -ERR message 1 already deleted
     C: DELE 3
     S: -ERR no such message
     C: DELE one
     S: -ERR syntax: see RFC 1939 section 5
     C: RSET
     S: +OK maildrop has 2 messages
     C: DELE 2
     S: +OK message 2 deleted
     C: NOOP
     S: +OK nothing done
     -- close`);
  expect([...mail.keys()]).toEqual([1, 2]);
});

test('QUIT removes what is marked, and nothing else does (RFC 1939 §6)', async () => {
  const { mail } = await playAsBob(`
     C: DELE 1
     S: +OK message 1 deleted
     C: QUIT
     S: +OK bye (1 messages removed)
     -- closed`);
  expect([...mail.keys()]).toEqual([2]);
});

test('pipelined commands are answered in order, whatever the segments (RFC 2449 §6.8)', async () => {
  await playAsBob(`
     C: DELE 1
     C: STAT
     R: LI
     C: ST 2
     C: XYZZY
     C: QUIT
     -- close
     S: +OK message 1 deleted
     S: +OK 1 36
     S: +OK 2 36
     S: -ERR unknown command
     S: +OK bye (1 messages removed)
     -- closed`);
});

test('a command line has 255 octets at most (RFC 2449 §4)', async () => {
  await playAsBob(`
     C: NOOP${' '.repeat(249)}
     S: +OK nothing done
     C: NOOP${' '.repeat(250)}
     S: -ERR line too long: 255 octets at most
     C: ${'x'.repeat(100_000)}
     C: NOOP
     S: -ERR line too long: 255 octets at most
     S: +OK nothing done`);
});
