import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { expect, test } from 'vitest';
import { Fault } from '../../../../core/errors.ts';
import { openClient, play } from '../../../support/dialogue.ts';
import { passwordsOnly } from '../../../support/auth.ts';
import { hello, oneMessage, serve } from './serve.ts';

const folder = new URL('../../../support/certificates/', import.meta.url);
const context = createSecureContext({
  cert: await readFile(new URL('one.cert.pem', folder)),
  key: await readFile(new URL('one.key.pem', folder)),
});
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const plain = (user: string, password: string, authzid = ''): string => base64(`${authzid}\0${user}\0${password}`);
const right = plain('bob@example.test', 'secret');

test('AUTH PLAIN with an initial response; the message knows who sent it, the trace never the password (RFC 4954 §4)', async () => {
  await using server = await serve();
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
     S: 250 AUTH SCRAM-SHA-256 PLAIN LOGIN
     C: AUTH PLAIN ${plain('Bob@example.test', 'secret')}
     S: 235 2.7.0 Authentication succeeded
     C: AUTH PLAIN ${right}
     S: 503 5.5.1 You are authenticated already
     C: MAIL FROM:<bob@example.test> AUTH=<>
     S: 250 2.1.0 Ok
     C: RSET
     S: 250 2.0.0 Ok
     ${oneMessage}`,
    server.port,
  );
  expect(server.submissions).toMatchObject([{ session: { identity: 'bob@example.test' } }]);
  expect(server.trace.find(({ event }) => event === 'AUTH')).toMatchObject({
    decision: 'accepted',
    detail: '{"mechanism":"PLAIN","identity":"bob@example.test"}',
  });
  expect(JSON.stringify(server.trace)).not.toContain('secret');
  expect(JSON.stringify(server.trace)).not.toContain(right);
});

test('AUTH PLAIN without one is asked for it; AUTH LOGIN asks for the name and then for the password', async () => {
  await using server = await serve();
  await play(`${hello}\nC: auth plain\nS: 334…\nC: ${right}\nS: 235 2.7.0 …`, server.port);
  await play(
    `${hello}
     C: AUTH LOGIN
     S: 334 VXNlcm5hbWU6
     C: ${base64('bob@example.test')}
     S: 334 UGFzc3dvcmQ6
     C: ${base64('secret')}
     S: 235 2.7.0 Authentication succeeded`,
    server.port,
  );
  await play(
    `${hello}
     C: AUTH LOGIN ${base64('bob@example.test')}
     S: 334 UGFzc3dvcmQ6
     C: ${base64('secret')}
     S: 235 2.7.0 Authentication succeeded`,
    server.port,
  );
});

test('wrong credentials are 535 whatever was wrong about them, and the third time the connection is closed', async () => {
  await using server = await serve();
  await play(
    `${hello}
     C: AUTH PLAIN ${plain('bob@example.test', 'guess')}
     S: 535 5.7.8 Authentication failed
     C: AUTH PLAIN ${plain('nobody@example.test', 'secret')}
     S: 535 5.7.8 Authentication failed
     C: AUTH PLAIN ${plain('bob@example.test', 'secret', 'ann@example.test')}
     S: 421 4.7.0 Too many failed logins, closing
     -- closed`,
    server.port,
  );
  expect(
    server.trace.filter(({ event, decision }) => event === 'AUTH' && decision === 'refused').length,
  ).toBeGreaterThan(2);
});

test('what is no response is 501, and the client may try again: *, not base64, no NUL, NUL in the password, not UTF-8', async () => {
  await using server = await serve();
  const malformed = ['AA=', '====', base64('bob'), base64('\0bob\0a\0b'), base64('\0bob\0'), '/w==', 'AGJvYgD/'];
  const tries = malformed.map((one) => `C: AUTH PLAIN ${one}\nS: 501 5.5.2 Malformed authentication response`);
  await play(
    `${hello}
     C: AUTH PLAIN
     S: 334…\nC: *
     S: 501 5.7.0 Authentication cancelled
     ${tries.join('\n')}
     C: AUTH PLAIN =
     S: 501 5.5.2 Malformed authentication response
     C: AUTH PLAIN
     S: 334…\nC: ${'A'.repeat(13_000)}
     S: 500 5.5.6 Authentication response too long
     C: AUTH PLAIN ${right}
     S: 235 2.7.0 Authentication succeeded`,
    server.port,
  );
});

test('a response is no command, however much it looks like one', async () => {
  await using server = await serve();
  await play(
    `${hello}
     C: AUTH LOGIN
     S: 334 VXNlcm5hbWU6
     C: QUIT
     S: 334 UGFzc3dvcmQ6
     C: RSET
     S: 535 5.7.8 Authentication failed
     C: NOOP
     S: 250 2.0.0 Ok`,
    server.port,
  );
});

test('mechanisms that are not there are 504; AUTH has its place: after EHLO, not after HELO, not in a transaction', async () => {
  await using server = await serve();
  await play(
    `S: 220 …
     C: AUTH PLAIN ${right}
     S: 503 5.5.1 EHLO or HELO first
     C: HELO client.test
     S: 250 …
     C: AUTH PLAIN ${right}
     S: 503 5.5.1 EHLO or HELO first
     C: EHLO client.test
     S: 250*
     C: AUTH
     S: 501 5.5.2 Syntax: AUTH <mechanism> [<initial response>]
     C: AUTH CRAM-MD5
     S: 504 5.5.4 That mechanism is not offered
     C: MAIL FROM:<ann@client.test>
     S: 250 2.1.0 Ok
     C: AUTH PLAIN ${right}
     S: 503 5.5.1 AUTH is not for the middle of a transaction, RSET first`,
    server.port,
  );
});

test('where TLS is required there is no AUTH and no mail before it, and what was proved in the clear is forgotten', async () => {
  await using server = await serve({ tls: () => context, options: { requireTls: true } });
  await using client = await openClient(server.port);
  await client.play(
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
     S: 250 STARTTLS
     C: AUTH PLAIN ${right}
     S: 538 5.7.11 That mechanism needs TLS: issue STARTTLS first
     C: MAIL FROM:<ann@client.test>
     S: 530 5.7.0 Issue STARTTLS first
     C: STARTTLS
     S: 220 …`,
  );
  await client.secure();
  await client.play(`C: EHLO client.test\nS: 250*\nC: AUTH PLAIN ${right}\nS: 235 2.7.0 …\n${oneMessage}`);
  expect(server.submissions).toMatchObject([{ session: { identity: 'bob@example.test' } }]);
});

test('STARTTLS after AUTH begins anew: nobody is authenticated (RFC 3207 §4.2)', async () => {
  await using server = await serve({ tls: () => context, options: { auth: { allowPlaintext: true, required: true } } });
  await using client = await openClient(server.port);
  await client.play(`${hello}\nC: AUTH PLAIN ${right}\nS: 235 2.7.0 …\nC: STARTTLS\nS: 220 …`);
  await client.secure();
  await client.play(
    'C: EHLO client.test\nS: 250*\nC: MAIL FROM:<ann@client.test>\nS: 530 5.7.0 Authentication required',
  );
});

test('a submission server takes mail only from those who authenticated (RFC 6409 §4.3)', async () => {
  await using server = await serve({ options: { auth: { allowPlaintext: false, required: true } } });
  await play(
    `${hello}
     C: MAIL FROM:<ann@client.test>
     S: 530 5.7.0 Authentication required
     C: AUTH PLAIN ${right}
     S: 235 2.7.0 …
     ${oneMessage}`,
    server.port,
  );
});

test('onAuth is asked with the outcome, can refuse, and sees no password; hiding AUTH takes it away', async () => {
  const seen: unknown[] = [];
  await using server = await serve({
    sinks: {
      onAuth({ mechanism, identity, verified, session }) {
        seen.push({ mechanism, identity, verified, session });
        if (verified) return { kind: 'reject', reply: { code: 535, status: '5.7.1', text: 'Not on Sundays' } };
        return { kind: 'next', edits: [] };
      },
    },
  });
  await play(
    `${hello}
     C: AUTH PLAIN ${plain('bob@example.test', 'guess')}
     S: 535 5.7.8 Authentication failed
     C: AUTH PLAIN ${right}
     S: 535 5.7.1 Not on Sundays`,
    server.port,
  );
  expect(seen).toMatchObject([
    { mechanism: 'PLAIN', identity: 'bob@example.test', verified: false, session: { identity: null } },
    { mechanism: 'PLAIN', identity: 'bob@example.test', verified: true, session: { identity: null } },
  ]);
  expect(JSON.stringify(seen)).not.toMatch(/secret|guess/);

  await using hiding = await serve({
    sinks: { onEhlo: () => ({ kind: 'next', edits: [{ kind: 'hide-capability', keyword: 'AUTH' }] }) },
  });
  await play(`${hello}\nC: AUTH PLAIN ${right}\nS: 504 5.5.4 That mechanism is not offered`, hiding.port);
});

test('too many checks under way, or too many failures from an address, is 454: come back later', async () => {
  let outcome: 'busy' | 'held' = 'busy';
  await using server = await serve({
    services: {
      auth: {
        ...passwordsOnly,
        async verify() {
          if (outcome === 'held') return { kind: 'held' };
          throw new Fault('auth.busy', { waiting: 100 });
        },
      },
    },
  });
  const attempt = `C: AUTH PLAIN ${right}\n`;
  await play(`${hello}\n${attempt}S: 454 4.7.0 Temporary authentication failure, try again later`, server.port);
  outcome = 'held';
  await play(`${hello}\n${attempt}S: 454 4.7.0 Too many failed logins from your address, try again later`, server.port);
});

test('AUTH= on MAIL is an xtext or <>, and 555 where AUTH is not offered (RFC 4954 §5)', async () => {
  await using server = await serve();
  await play(
    `${hello}
     C: MAIL FROM:<ann@client.test> AUTH=e+3Dmc2@example.test
     S: 250 2.1.0 Ok
     C: RSET
     S: 250 2.0.0 Ok
     C: MAIL FROM:<ann@client.test> AUTH=e+3dmc2
     S: 501 5.5.4 Malformed or repeated parameter
     C: MAIL FROM:<ann@client.test> AUTH
     S: 501 5.5.4 Malformed or repeated parameter`,
    server.port,
  );
});
