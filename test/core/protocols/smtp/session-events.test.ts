import { describe, expect, test } from 'vitest';
import * as sdk from '../../../../sdk/index.ts';
import { openClient, play } from '../../../support/dialogue.ts';
import { hello, oneMessage, serve, type Sinks } from './serve.ts';

const { defer, disconnect, next, reject } = sdk;

const content = `C: DATA
S: 354 …
C: Subject: hello
C:
C: hello
C: .
`;

describe('onConnect', () => {
  test('sets the greeting and tags that later events see', async () => {
    const seen: unknown[] = [];
    await using server = await serve({
      sinks: {
        onConnect: () => next(sdk.setGreeting('ESMTP at your service'), sdk.setTag('country', 'xx')),
        onMail: ({ session }) => {
          seen.push(session);
          return next();
        },
      },
    });
    await play(
      `S: 220 mail.example.test ESMTP at your service
       C: EHLO client.test
       S: 250*
       ${oneMessage}`,
      server.port,
    );
    expect(seen).toMatchObject([{ ehlo: 'client.test', tags: { country: 'xx' }, remote: { address: '127.0.0.1' } }]);
    expect(server.submissions[0]?.session?.tags).toEqual({ country: 'xx' });
  });

  test('reject greets with 554 and serves nothing but QUIT (RFC 5321 §3.1)', async () => {
    await using server = await serve({ sinks: { onConnect: () => reject('Not from there', { status: '7.1' }) } });
    await play(
      `S: 554 5.7.1 Not from there
       C: EHLO client.test
       S: 503 5.5.1 No service on this connection, QUIT is what is left
       C: QUIT
       S: 221 2.0.0 Bye
       -- closed`,
      server.port,
    );
  });

  test('defer and disconnect close at once, with the codes a greeting may have', async () => {
    let decision: unknown = defer('Later', { code: 450, status: '7.1' });
    await using server = await serve({ sinks: { onConnect: () => decision } });
    await play('S: 421 4.7.1 Later\n-- closed', server.port);
    decision = disconnect('Go away');
    await play('S: 554 5.7.1 Go away\n-- closed', server.port);
    decision = disconnect('No mail here', { code: 521, status: '3.2' });
    await play('S: 521 5.3.2 No mail here\n-- closed', server.port);
  });

  test('who talks while a sink is asked talks before the greeting', async () => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<unknown>();
    await using server = await serve({
      sinks: {
        onConnect: () => {
          asked.resolve();
          return answer.promise;
        },
      },
    });
    await using client = await openClient(server.port);
    await asked.promise;
    client.send('EHLO client.test\r\n');
    await new Promise((resolve) => setTimeout(resolve, 20));
    answer.resolve(next());
    await client.play('S: 554 5.5.1 You talk before the greeting\nS: 503 …');
  });
});

describe('onEhlo', () => {
  test('adds and hides capabilities; what is hidden is refused', async () => {
    await using server = await serve({
      sinks: {
        onEhlo: () =>
          next(
            sdk.addCapability('X-HELLO there'),
            sdk.hideCapability('size'),
            sdk.hideCapability('8BITMIME'),
            sdk.hideCapability('PIPELINING'),
            sdk.hideCapability('ENHANCEDSTATUSCODES'),
          ),
      },
    });
    await play(
      `S: 220 …
       C: EHLO client.test
       S: 250-mail.example.test
       S: 250-CHUNKING
       S: 250-DSN
       S: 250-LIMITS …
       S: 250-AUTH SCRAM-SHA-256 PLAIN LOGIN
       S: 250 X-HELLO there
       C: X-HELLO
       S: 500 Command not recognized
       C: MAIL FROM:<ann@client.test> SIZE=10
       S: 555 Parameter SIZE is not implemented
       C: MAIL FROM:<ann@client.test> BODY=8BITMIME
       S: 555 Parameter BODY is not implemented
       C: MAIL FROM:<ann@client.test>
       S: 250 Ok
       C: RCPT TO:<nobody@example.test>
       S: 550 No such mailbox here
       C: NOOP
       C: NOOP
       S: 554 You must wait for the reply to this command (RFC 2920)
       -- closed`,
      server.port,
    );
  });

  test('a refusal leaves the session as it was (RFC 5321 §4.1.4)', async () => {
    const decisions: unknown[] = [reject('Not you'), defer('Not now'), next()];
    const seen: unknown[] = [];
    await using server = await serve({
      sinks: {
        onEhlo: ({ verb, domain, capabilities }) => {
          seen.push({ verb, domain, capabilities });
          return decisions.shift();
        },
      },
    });
    await play(
      `S: 220 …
       C: EHLO one.test
       S: 550 5.7.1 Not you
       C: MAIL FROM:<ann@client.test>
       S: 503 5.5.1 EHLO or HELO first
       C: EHLO two.test
       S: 451 4.7.1 Not now
       C: HELO three.test
       S: 250 mail.example.test`,
      server.port,
    );
    expect(seen).toEqual([
      { verb: 'EHLO', domain: 'one.test', capabilities: expect.arrayContaining(['PIPELINING', 'SIZE 65536']) },
      { verb: 'EHLO', domain: 'two.test', capabilities: expect.any(Array) },
      { verb: 'HELO', domain: 'three.test', capabilities: [] },
    ]);
  });
});

describe('tells', () => {
  test('onReject is told of every refusal, onDisconnect of the end', async () => {
    const told: unknown[] = [];
    await using server = await serve({
      sinks: {
        onReject: ({ verb, reply }) => void told.push([verb, reply]),
        onDisconnect: ({ accepted }) => void told.push(accepted),
      },
    });
    await play(
      `S: 220 …
       C: BOGUS
       S: 500 …
       C: EHLO client.test
       S: 250*
       ${oneMessage}
       C: RCPT TO:<bob@example.test>
       S: 503 …
       C: QUIT
       S: 221 …
       -- closed`,
      server.port,
    );
    await expect
      .poll(() => told)
      .toEqual([
        ['BOGUS', { code: 500, status: '5.5.2', text: 'Command not recognized' }],
        ['RCPT', { code: 503, status: '5.5.1', text: 'MAIL first' }],
        1,
      ]);
  });
});

describe('generations', () => {
  test('a transaction keeps the generation of its MAIL, the next one has the new (invariant 2)', async () => {
    const calls: string[] = [];
    const named = (name: string): Sinks => ({
      onRcpt: () => {
        calls.push(name);
        return next();
      },
    });
    await using server = await serve({ sinks: named('old') });
    await using client = await openClient(server.port);
    await client.play(`${hello}C: MAIL FROM:<ann@client.test>\nS: 250 …`);
    server.rebind(named('new'));
    expect(server.freed).toEqual([]);
    await client.play(`C: RCPT TO:<bob@example.test>\nS: 250 …\n${content}\nS: 250 …`);
    expect(server.freed).toEqual([1]);
    await client.play(oneMessage);
    expect(calls).toHaveLength(2);
  });

  test('RSET, EHLO and a refused MAIL unpin', async () => {
    await using server = await serve({
      sinks: { onMail: ({ reversePath }) => (reversePath === '' ? reject('no') : next()) },
    });
    await using client = await openClient(server.port);
    await client.play(
      `${hello}
       C: MAIL FROM:<ann@client.test>
       S: 250 …
       C: RSET
       S: 250 …
       C: MAIL FROM:<>
       S: 550 …
       C: MAIL FROM:<ann@client.test>
       S: 250 …
       C: EHLO client.test
       S: 250*`,
    );
    server.rebind({});
    expect(server.freed).toEqual([1]);
  });
});

describe('faults', () => {
  test('an error nobody foresaw is 451, is logged, and tells the client nothing', async () => {
    await using server = await serve({
      services: {
        directory: { resolve: () => Promise.reject(new Error('secret path /etc')), isLocalDomain: () => true },
      },
    });
    await play(
      `${hello}
       C: MAIL FROM:<ann@client.test>
       S: 250 …
       C: RCPT TO:<bob@example.test>
       S: 451 4.3.0 Local error, try again later
       C: NOOP
       S: 250 2.0.0 Ok`,
      server.port,
    );
    expect(server.complaints).toMatchObject([
      { fault: { code: 'internal.bug', cause: { message: 'secret path /etc' } } },
    ]);
  });

  test('a step that throws at once is 451 too', async () => {
    await using server = await serve({
      services: {
        generation() {
          throw new Error('no generation');
        },
      },
    });
    await play('S: 451 4.3.0 Local error, try again later', server.port);
  });
});
