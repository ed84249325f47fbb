import { expect, test } from 'vitest';
import { defer, disconnect, next, reject, reply } from '../../../../sdk/decisions.ts';
import { addCapability, hideCapability, setGreeting } from '../../../../sdk/edits.ts';
import { openClient, play } from '../../../support/dialogue.ts';
import { greeting, listen, login, open, servicesOf } from './pop3-server.ts';

const one = ['Subject: one\r\n\r\nfirst\r\n'];

test('onConnect may change the greeting, or refuse the connection', async () => {
  let decision: ReturnType<typeof next | typeof defer> = next(setGreeting('hello there'));
  const [services, seen] = servicesOf(one, (event) => (event === 'onConnect' ? decision : undefined));
  await using server = await listen(services);
  await play('S: +OK hello there', server.port);

  decision = defer('too busy');
  await play('S: -ERR [SYS/TEMP] too busy\n-- closed', server.port);
  const told = seen.events.filter(({ event }) => event === 'onReject').map(({ payload }) => payload);
  expect(told).toEqual([{ verb: 'connect', reply: { code: 451, status: '4.3.0', text: 'too busy' } }]);
});

test('onAuth hears of good and bad logins and never of a password', async () => {
  const [services, seen] = servicesOf(one);
  await using server = await listen(services);
  await play(
    `${greeting}
     C: USER bob
     S: +OK send PASS
     C: PASS wrong
     S: -ERR [AUTH] authentication failed
     C: USER bob
     S: +OK send PASS
     C: PASS open sesame
     S: +OK maildrop has 1 messages (23 octets)`,
    server.port,
  );
  expect(seen.events.filter(({ event }) => event === 'onAuth').map(({ payload }) => payload)).toEqual([
    { mechanism: 'USER', identity: 'bob', verified: false },
    { mechanism: 'USER', identity: 'bob@example.test', verified: true },
  ]);
  expect(JSON.stringify(seen.events)).not.toMatch(/wrong|sesame/);
});

test('onAuth may refuse who has the right password', async () => {
  const [services] = servicesOf(one, (event) => (event === 'onAuth' ? reject('not from there') : undefined));
  await using server = await listen(services);
  await play(
    `${greeting}
     C: USER bob
     S: +OK send PASS
     C: PASS open sesame
     S: -ERR [AUTH] not from there
     C: STAT
     S: -ERR STAT is not allowed now`,
    server.port,
  );
});

test('onRetrieve is asked by RETR and TOP; a refusal leaves the session as it is', async () => {
  const [services, seen] = servicesOf(one, (event, { verb }) =>
    event === 'onRetrieve' && verb === 'RETR' ? reject('not this one') : undefined,
  );
  await using server = await listen(services);
  await play(
    `${login}
     C: RETR 1
     S: -ERR [SYS/PERM] not this one
     C: TOP 1 0
     S: +OK top of message follows
     S: Subject: one
     S:
     S: .`,
    server.port,
  );
  expect(seen.events.filter(({ event }) => event === 'onRetrieve')).toEqual([
    { event: 'onRetrieve', payload: { verb: 'RETR', uid: 1, size: 23 }, identity: 'bob@example.test' },
    { event: 'onRetrieve', payload: { verb: 'TOP', uid: 1, size: 23 }, identity: 'bob@example.test' },
  ]);
});

test('onDisconnect counts what was retrieved', async () => {
  const [services, seen] = servicesOf(one);
  await using server = await listen(services);
  const retrieval = 'C: RETR 1\nS: +OK 23 octets\nS: Subject: one\nS:\nS: first\nS: .';
  await play(`${login}\n${retrieval}\n${retrieval}\nC: QUIT\nS: +OK bye\n-- closed`, server.port);
  expect(seen.events.at(-1)).toMatchObject({ event: 'onDisconnect', payload: { accepted: 2 } });
});

test('disconnect ends the session', async () => {
  const [services] = servicesOf(one, (event) => (event === 'onAuth' ? disconnect('go away') : undefined));
  await using server = await listen(services);
  await play(
    `${greeting}
     C: USER bob
     S: +OK send PASS
     C: PASS open sesame
     S: -ERR [AUTH] go away
     -- closed`,
    server.port,
  );
});

test('the text of a sink cannot make a second line, nor one of more than 512 octets', async () => {
  const [services] = servicesOf(one, (event) =>
    event === 'onConnect' ? next(setGreeting(`a\r\n-ERR b${'x'.repeat(600)}`)) : undefined,
  );
  await using server = await listen(services);
  await using client = await openClient(server.port);
  const line = await client.line();
  expect(line).toMatch(/^\+OK a\?\?-ERR bx+$/);
  expect(line).toHaveLength(510);
});

test('a fault of ours is temporary and says nothing internal', async () => {
  const [services, seen] = servicesOf(one);
  await using server = await listen(services);
  seen.mail.set(1, Buffer.from('will vanish\r\n'));
  await using client = await openClient(server.port);
  await client.play(login);
  seen.mail.clear();
  await client.play('C: RETR 1\nS: -ERR [SYS/TEMP] local error, try again later\nC: NOOP\nS: +OK nothing done');
  expect(seen.events.map(({ event }) => event)).toContain('log pop3 fault');
});

test('a client that guesses is slowed down and cut off', async () => {
  const [services] = servicesOf(one);
  await using server = await listen(services, { ...open, limits: { ...open.limits, loginAttempts: 2 } });
  const guess = 'C: USER bob\nS: +OK send PASS\nC: PASS x\nS: -ERR [AUTH] authentication failed';
  await play(`${greeting}\n${guess}\n${guess}\n-- closed`, server.port);
});

test('a client that only makes mistakes is cut off', async () => {
  const [services] = servicesOf(one);
  await using server = await listen(services, { ...open, limits: { ...open.limits, errors: 3 } });
  const mistake = 'C: HELP\nS: -ERR unknown command';
  await play(`${greeting}\n${mistake}\n${mistake}\n${mistake}\n-- closed`, server.port);
});

test('onCommand answers verbs of its own, which CAPA announces, and is never told a password', async () => {
  const asked: unknown[] = [];
  const [services] = servicesOf(one, (event, { verb, argument, known }) => {
    if (event !== 'onCommand') return undefined;
    asked.push([verb, argument, known]);
    if (verb === 'CAPA') return next(addCapability('X-HELLO'), hideCapability('EXPIRE'));
    if (verb === 'X-HELLO') return reply('hello to you');
    return verb === 'TOP' ? reject('no tops') : next();
  });
  await using server = await listen(services);
  await play(
    `${greeting}
     C: CAPA
     C: x-hello you
     C: USER bob
     C: PASS open sesame
     C: TOP 1 0
     C: X-OTHER
     S: +OK capabilities follow
     S: USER
     S: SASL SCRAM-SHA-256 PLAIN LOGIN
     S: TOP
     S: UIDL
     S: RESP-CODES
     S: AUTH-RESP-CODE
     S: PIPELINING
     S: X-HELLO
     S: .
     S: +OK hello to you
     S: +OK send PASS
     S: +OK maildrop has …
     S: -ERR [SYS/PERM] no tops
     S: -ERR unknown command`,
    server.port,
  );
  expect(asked).toEqual([
    ['CAPA', '', true],
    ['X-HELLO', 'you', false],
    ['USER', 'bob', true],
    ['PASS', '', true],
    ['TOP', '1 0', true],
    ['X-OTHER', '', false],
  ]);
});

test('onCommand cannot answer a command only the server can answer', async () => {
  const [services] = servicesOf(one, (event) => (event === 'onCommand' ? reply('sure') : undefined));
  await using server = await listen(services);
  await play(`${greeting}\nC: USER bob\nS: -ERR [SYS/TEMP] system incorrectly …\nC: NOOP\nS: +OK sure`, server.port);
});
