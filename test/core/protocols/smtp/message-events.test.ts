import { describe, expect, test } from 'vitest';
import * as sdk from '../../../../sdk/index.ts';
import { openClient, play } from '../../../support/dialogue.ts';
import { hello, oneMessage, serve } from './serve.ts';

const { accept, defer, discard, disconnect, drop, next, quarantine, redirect, reject } = sdk;

const envelope = `C: MAIL FROM:<ann@client.test>
S: 250 2.1.0 Ok
C: RCPT TO:<bob@example.test>
S: 250 2.1.5 Ok
`;
const content = `C: DATA
S: 354 …
C: Subject: hello
C:
C: hello
C: .
`;

describe('onMail and onRcpt', () => {
  test('onMail sets the reverse-path; a refused MAIL leaves no transaction', async () => {
    const decisions: unknown[] = [reject('Not yours'), next(sdk.setReversePath('bounces@client.test'))];
    await using server = await serve({ sinks: { onMail: () => decisions.shift() } });
    await play(
      `${hello}
       C: MAIL FROM:<ann@client.test>
       S: 550 5.7.1 Not yours
       C: RCPT TO:<bob@example.test>
       S: 503 5.5.1 MAIL first
       ${envelope}${content}
       S: 250 2.0.0 …`,
      server.port,
    );
    expect(server.submissions).toMatchObject([{ reversePath: 'bounces@client.test' }]);
  });

  test('onRcpt sees the envelope so far and whether the recipient is here', async () => {
    const seen: unknown[] = [];
    await using server = await serve({
      sinks: {
        onRcpt: ({ recipient, local, envelope: sofar, parameters }) => {
          seen.push({ recipient, local, sofar, parameters });
          return next();
        },
      },
    });
    await play(
      `${hello}
       C: MAIL FROM:<>
       S: 250 …
       C: RCPT TO:<bob@example.test>
       S: 250 …
       C: RCPT TO:<x@remote.test>
       S: 550 5.7.1 Relaying denied`,
      server.port,
    );
    expect(seen).toEqual([
      { recipient: 'bob@example.test', local: true, sofar: { reversePath: '', recipients: [] }, parameters: {} },
      {
        recipient: 'x@remote.test',
        local: false,
        sofar: { reversePath: '', recipients: ['bob@example.test'] },
        parameters: {},
      },
    ]);
  });

  test.each<{ name: string; answer: unknown; reply: string; recipients: readonly string[] }>([
    { name: 'next', answer: next(), reply: '250 2.1.5 Ok', recipients: ['bob@example.test'] },
    { name: 'accept', answer: accept(), reply: '250 2.1.5 Ok', recipients: ['bob@example.test'] },
    {
      name: 'set-recipient',
      answer: next(sdk.setRecipient('ann@example.test')),
      reply: '250 2.1.5 Ok',
      recipients: ['ann@example.test'],
    },
    {
      name: 'add-recipient',
      answer: next(sdk.addRecipient('ann@example.test')),
      reply: '250 2.1.5 Ok',
      recipients: ['ann@example.test', 'bob@example.test'],
    },
    {
      name: 'redirect',
      answer: redirect(['ann@example.test', 'Ann@example.test']),
      reply: '250 2.1.5 Ok',
      recipients: ['ann@example.test', 'Ann@example.test'],
    },
    { name: 'reject', answer: reject('No', { code: 553, status: '1.0' }), reply: '553 5.1.0 No', recipients: [] },
    { name: 'defer', answer: defer('Greylisted'), reply: '451 4.7.1 Greylisted', recipients: [] },
    {
      name: 'redirect away',
      answer: redirect(['x@remote.test']),
      reply: '451 4.3.5 System incorrectly configured, try again later',
      recipients: [],
    },
    {
      name: 'redirect to too many',
      answer: redirect(['a', 'b', 'c', 'd', 'e', 'f'].map((user) => `${user}@example.test`)),
      reply: '452 4.5.3 Too many recipients',
      recipients: [],
    },
    {
      name: 'nonsense',
      answer: { kind: 'bogus' },
      reply: '451 4.3.0 Unable to decide now, try again later',
      recipients: [],
    },
  ])('onRcpt $name', async ({ answer, reply, recipients }) => {
    let isFirst = true;
    await using server = await serve({
      sinks: {
        onRcpt: () => {
          const given = isFirst ? answer : next();
          isFirst = false;
          return given;
        },
      },
    });
    // Ann is there in any case, so that there is a message to look at.
    await play(
      `${hello}
       C: MAIL FROM:<ann@client.test>
       S: 250 …
       C: RCPT TO:<bob@example.test>
       S: ${reply}
       C: RCPT TO:<"last"@example.test>
       S: 550 5.1.1 …
       C: RCPT TO:<BOB@example.test>
       S: 250 …
       ${content}
       S: 250 2.0.0 …`,
      server.port,
    );
    expect(server.submissions[0]?.recipients).toEqual([...recipients, 'BOB@example.test']);
  });

  test('accept does not open a relay: policy is not for sinks to lift', async () => {
    await using server = await serve({ sinks: { onRcpt: () => accept() } });
    await play(
      `${hello}
       C: MAIL FROM:<ann@client.test>
       S: 250 …
       C: RCPT TO:<x@remote.test>
       S: 550 5.7.1 Relaying denied
       C: RCPT TO:<nobody@example.test>
       S: 550 5.1.1 No such mailbox here`,
      server.port,
    );
  });

  test('a recipient nobody has may be redirected to one there is', async () => {
    await using server = await serve({ sinks: { onRcpt: () => redirect(['bob@example.test']) } });
    await play(`${hello}${oneMessage.replace('bob@', 'catch-all@')}`, server.port);
    expect(server.submissions[0]?.recipients).toEqual(['bob@example.test']);
  });

  test('when every recipient is dropped the client is told 250 and nobody gets the message', async () => {
    await using server = await serve({ sinks: { onRcpt: () => drop('mailing list flood') } });
    await play(`${hello}${oneMessage}`, server.port);
    expect(server.submissions).toEqual([]);
    expect(server.trace).toContainEqual(
      expect.objectContaining({ event: 'accepted', decision: 'discard', detail: 'no recipient is left' }),
    );
  });
});

describe('onData', () => {
  test('answers before 354, and may change the recipients', async () => {
    const decisions: unknown[] = [
      reject('No content from you', { code: 554 }),
      next(sdk.addRecipient('ann@example.test'), sdk.removeRecipient('bob@EXAMPLE.test')),
    ];
    await using server = await serve({ sinks: { onData: () => decisions.shift() } });
    await play(
      `${hello}${envelope}
       C: DATA
       S: 554 5.7.1 No content from you
       C: DATA
       S: 354 …
       C: .
       S: 250 2.0.0 …`,
      server.port,
    );
    expect(server.submissions[0]?.recipients).toEqual(['ann@example.test']);
  });

  test('content that comes while a sink is asked is out of step', async () => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<unknown>();
    await using server = await serve({
      sinks: {
        onData: () => {
          asked.resolve();
          return answer.promise;
        },
      },
    });
    await using client = await openClient(server.port);
    await client.play(`${hello}${envelope}`);
    client.send('DATA\r\n');
    await asked.promise;
    client.send('Subject: early\r\n');
    await new Promise((resolve) => setTimeout(resolve, 20));
    answer.resolve(next());
    await client.play('S: 554 5.5.0 You must wait for the reply to this command (RFC 2920)\n-- closed');
  });
});

describe('onEndOfData', () => {
  test('sees the message with our Received field on top, and its edits are what is queued', async () => {
    const seen: unknown[] = [];
    await using server = await serve({
      sinks: {
        onEndOfData: ({ message, envelope: sofar }) => {
          seen.push(
            message.fields.map(([name]) => name),
            sofar,
          );
          return next(
            sdk.prependField('X-Seen', 'yes'),
            sdk.insertText({ plain: '-- \r\nExample Ltd', html: '<p>Example Ltd</p>' }),
            sdk.setReversePath('bounces@client.test'),
            sdk.addRecipient('ann@example.test'),
          );
        },
      },
    });
    await play(`${hello}${envelope}${content}\nS: 250 2.0.0 …`, server.port);
    expect(seen).toEqual([
      ['Received', 'Subject'],
      { reversePath: 'ann@client.test', recipients: ['bob@example.test'] },
    ]);
    const [{ text, reversePath, recipients } = expect.fail('nothing came')] = server.submissions;
    expect(text).toMatch(/^X-Seen: yes\r\nReceived: from client\.test /);
    expect(text).toMatch(/\r\n\r\nhello\r\n[\s\S]*Example Ltd/);
    expect({ reversePath, recipients }).toEqual({
      reversePath: 'bounces@client.test',
      recipients: ['bob@example.test', 'ann@example.test'],
    });
  });

  test.each<{ name: string; answer: unknown; reply: string }>([
    { name: 'reject', answer: reject('Spam', { code: 554, status: '7.1' }), reply: '554 5.7.1 Spam' },
    { name: 'defer', answer: defer('Later'), reply: '451 4.7.1 Later' },
    { name: 'discard', answer: discard('spam trap'), reply: '250 2.0.0 Ok: queued as id2' },
    { name: 'an edit policy forbids', answer: next(sdk.addRecipient('x@remote.test')), reply: '451 4.3.5 …' },
  ])('$name: the message is not queued and its file goes', async ({ answer, reply }) => {
    await using server = await serve({
      options: { limits: { size: 1024 * 1024 } },
      sinks: { onEndOfData: () => answer },
    });
    await play(
      `${hello}${envelope}
       C: DATA
       S: 354 …
       C: ${'x'.repeat(100_000)}
       C: .
       S: ${reply}
       C: RCPT TO:<bob@example.test>
       S: 503 5.5.1 MAIL first`,
      server.port,
    );
    expect(server.submissions).toEqual([]);
    expect(await server.files()).toEqual([]);
  });

  test('disconnect refuses and closes', async () => {
    await using server = await serve({ sinks: { onEndOfData: () => disconnect('Enough') } });
    await play(`${hello}${envelope}${content}\nS: 554 5.7.1 Enough\n-- closed`, server.port);
  });

  test('quarantine: the client is told 250, the queue holds the message', async () => {
    await using server = await serve({ sinks: { onEndOfData: () => quarantine('odd', sdk.setTag('virus', 'maybe')) } });
    await play(`${hello}${envelope}${content}\nS: 250 2.0.0 …`, server.port);
    expect(server.submissions).toMatchObject([{ quarantine: 'odd', session: { tags: { virus: 'maybe' } } }]);
  });

  test('a message larger than a row keeps its file when nothing is edited, and gets a new one when it is', async () => {
    const answers: unknown[] = [next(), next(sdk.prependField('X-Seen', 'yes'))];
    await using server = await serve({
      options: { limits: { size: 1024 * 1024 } },
      sinks: { onEndOfData: () => answers.shift() },
    });
    const large = `${envelope}C: DATA\nS: 354 …\nC: ${'x'.repeat(100_000)}\nC: .\nS: 250 2.0.0 …\n`;
    await play(`${hello}${large}${large}`, server.port);
    expect(server.submissions.map(({ content: { kind } }) => kind)).toEqual(['file', 'file']);
    expect(await server.files()).toHaveLength(2);
    expect(server.submissions[1]?.text).toMatch(/^X-Seen: yes\r\nReceived: /);
    expect(server.submissions[1]?.text).toContain('x'.repeat(100_000));
  });
});
