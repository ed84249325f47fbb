import { expect, test } from 'vitest';
import { addCapability, disconnect, hideCapability, next, reject, reply, setTag } from '../../../../sdk/index.ts';
import { play } from '../../../support/dialogue.ts';
import { hello, oneMessage, serve } from './serve.ts';

test('a sink announces a verb of its own and answers it; commands sent after it wait for it', async () => {
  const seen: unknown[] = [];
  await using server = await serve({
    sinks: {
      onCommand({ verb, argument, known }) {
        if (verb === 'EHLO') return next(addCapability('X-HELLO'));
        if (verb !== 'X-HELLO') return next();
        seen.push({ argument, known });
        return reply(`Hello ${argument}`, { code: 251 }, setTag('greeted', 'yes'));
      },
      onMail: ({ session }) => (seen.push(session), next()),
    },
  });
  await play(
    `S: 220 …
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
     S: 250-AUTH SCRAM-SHA-256 PLAIN LOGIN
     S: 250 X-HELLO
     C: x-hello big  world
     C: NOOP
     C: X-OTHER
     S: 251 2.0.0 Hello big  world
     S: 250 2.0.0 Ok
     S: 500 5.5.2 Command not recognized
     ${oneMessage}`,
    server.port,
  );
  expect(seen).toMatchObject([{ argument: 'big  world', known: false }, { tags: { greeted: 'yes' } }]);
});

test('a sink refuses a command the server knows, or hangs up', async () => {
  await using server = await serve({
    sinks: {
      onCommand({ verb }) {
        if (verb === 'VRFY') return reject('Not here', { code: 502, status: '5.1' });
        if (verb === 'HELP') return reply('There is none');
        return verb === 'EXPN' ? disconnect('No lists here') : next();
      },
    },
  });
  await play(
    `${hello}C: VRFY bob
     C: HELP
     S: 502 5.5.1 Not here
     S: 250 2.0.0 There is none
     ${oneMessage}C: EXPN staff
     S: 554 5.7.1 No lists here
     -- closed`,
    server.port,
  );
});

test('onCommand is told the mechanism of AUTH and never what it is given', async () => {
  const seen: unknown[] = [];
  await using server = await serve({
    sinks: { onCommand: ({ verb, argument }) => (seen.push(`${verb} ${argument}`), next()) },
  });
  await play(
    `${hello}C: AUTH PLAIN AGJvYkBleGFtcGxlLnRlc3QAc2VjcmV0
     S: 235 2.7.0 Authentication succeeded
     C: AUTH LOGIN
     S: 503 5.5.1 …`,
    server.port,
  );
  expect(seen).toEqual(['EHLO client.test', 'AUTH PLAIN', 'AUTH LOGIN']);
});

test('the octets of a chunk a sink refuses are thrown away, and none of them runs', async () => {
  await using server = await serve({
    sinks: { onCommand: ({ verb }) => (verb === 'BDAT' ? reject('No chunks today') : next()) },
  });
  await play(
    `${hello}C: MAIL FROM:<ann@client.test>
     C: RCPT TO:<bob@example.test>
     S: 250 …
     S: 250 …
     R: BDAT 10 LAST\\r\\nVRFY bob\\r\\nNOOP\\r\\n
     S: 550 5.7.1 No chunks today
     S: 250 2.0.0 Ok
     C: BDAT what
     S: 501 5.5.4 …
     -- closed`,
    server.port,
  );
  expect(server.submissions).toEqual([]);
});

test.each(['MAIL FROM:<ann@client.test>', 'STARTTLS', 'RSET', 'EHLO other.test'])(
  'a sink cannot answer %s: the session would not be what the client thinks',
  async (command) => {
    await using server = await serve({
      sinks: { onCommand: ({ verb, session }) => ((session as { ehlo: unknown }).ehlo ? reply(verb) : next()) },
    });
    await play(`${hello}C: ${command}\nS: 451 4.3.5 System incorrectly configured, try again later`, server.port);
    expect(server.complaints).toMatchObject([{ verb: command.split(' ')[0] }]);
  },
);

test('capabilities edited when another command comes are left out, and the log says so', async () => {
  await using server = await serve({ sinks: { onCommand: () => next(hideCapability('DSN')) } });
  await play(`S: 220 …\nC: NOOP\nS: 250 2.0.0 Ok\nC: EHLO client.test\nS: 250*`, server.port);
  expect(server.complaints).toMatchObject([{ verb: 'NOOP' }]);
});
