import { array, assert, constantFrom, nat, property } from 'fast-check';
import { expect, test } from 'vitest';
import { ChunkReader } from '../../../../core/protocols/smtp/chunk-reader.ts';
import { openClient, play } from '../../../support/dialogue.ts';
import { hello, oneMessage, serve } from './serve.ts';

const toRecipient = `${hello}
C: MAIL FROM:<ann@client.test>
C: RCPT TO:<bob@example.test>
S: 250 2.1.0 Ok
S: 250 2.1.5 Ok
`;
const bodyOf = (text: string | undefined): string => (text ?? '').replace(/^Received: [^]*?\r\n(?=[^\t])/, '');

test('a message in three chunks, dots and all, is the message (RFC 3030 §4.2)', async () => {
  await using server = await serve();
  await play(
    String.raw`${toRecipient}
     R: BDAT 16\r\nSubject: hello\r\n
     S: 250 2.0.0 Ok: 16 octets received
     R: BDAT 8\r\n\r\n.\r\n..hBDAT 6 LAST\r\ni\r\n.\r\n
     S: 250 2.0.0 Ok: 8 octets received
     S: 250 2.0.0 Ok: queued as id2
     C: QUIT
     S: 221 2.0.0 Bye
     -- closed`,
    server.port,
  );
  expect(server.submissions.map(({ text }) => bodyOf(text))).toEqual(['Subject: hello\r\n\r\n.\r\n..hi\r\n.\r\n']);
});

test('chunks may come in one packet with MAIL and RCPT, and the last may be empty', async () => {
  await using server = await serve();
  await play(
    String.raw`${hello}
     R: MAIL FROM:<ann@client.test>\r\nRCPT TO:<bob@example.test>\r\nBDAT 8\r\nA: b\r\n\r\nBDAT 0 LAST\r\nNOOP\r\n
     S: 250 2.1.0 Ok
     S: 250 2.1.5 Ok
     S: 250 2.0.0 Ok: 8 octets received
     S: 250 2.0.0 Ok: queued as id2
     S: 250 2.0.0 Ok`,
    server.port,
  );
  expect(server.submissions.map(({ text }) => bodyOf(text))).toEqual(['A: b\r\n\r\n']);
});

test('a last line without its end gets one', async () => {
  await using server = await serve();
  await play(String.raw`${toRecipient}R: BDAT 10 LAST\r\nA: b\r\n\r\nxy` + '\nS: 250 2.0.0 …', server.port);
  expect(bodyOf(server.submissions[0]?.text)).toBe('A: b\r\n\r\nxy\r\n');
});

test.each([
  ['a LF alone', String.raw`BDAT 4 LAST\r\na\nb\n`, '550 5.5.2 …'],
  ['a CR alone', String.raw`BDAT 4 LAST\r\na\rb\n`, '550 5.5.2 …'],
  ['a CR at the very end', String.raw`BDAT 4 LAST\r\na\r\n\r`, '550 5.5.2 …'],
  ['a CR and its LF in two chunks, which is none', String.raw`BDAT 2\r\na\rBDAT 1 LAST\r\n\n`, '250 2.0.0 …'],
  ['a NUL', String.raw`BDAT 4 LAST\r\na\0\r\n`, '550 5.6.0 …'],
])('what is refused after DATA is refused in chunks: %s', async (_, raw, reply) => {
  await using server = await serve();
  const more = raw.includes('BDAT 2') ? 'S: 250 2.0.0 Ok: 2 octets received\n' : '';
  await play(`${toRecipient}R: ${raw}\n${more}S: ${reply}\nC: NOOP\nS: 250 …`, server.port);
});

test('while chunks come, DATA, MAIL and RCPT are out of place; RSET forgets the chunks (RFC 3030 §2)', async () => {
  await using server = await serve();
  await play(
    String.raw`${toRecipient}
     R: BDAT 3\r\nA:b
     S: 250 2.0.0 Ok: 3 octets received
     C: DATA
     S: 503 5.5.1 The message comes in chunks: BDAT or RSET is what is left
     C: RCPT TO:<ann@example.test>
     S: 503 5.5.1 The message comes in chunks: BDAT or RSET is what is left
     C: MAIL FROM:<eve@client.test>
     S: 503 5.5.1 MAIL was already given, RSET first
     C: RSET
     S: 250 2.0.0 Ok
     R: BDAT 6 LAST\r\nNOOP\r\n
     S: 503 5.5.1 MAIL first
     ${oneMessage}`,
    server.port,
  );
  expect(server.submissions).toHaveLength(1);
  expect(await server.files()).toEqual([]);
});

test('a message too large is told at the chunk that makes it so, and the next chunk is 503', async () => {
  await using server = await serve();
  const lines = 'x'
    .repeat(998)
    .concat(String.raw`\r\n`)
    .repeat(70);
  await play(
    String.raw`${toRecipient}
     R: BDAT 70000\r\n${lines}
     S: 552 5.3.4 The message is larger than 65536 octets
     R: BDAT 6 LAST\r\nNOOP\r\n
     S: 503 5.5.1 MAIL first`,
    server.port,
  );
  expect(await server.files()).toEqual([]);
});

test('a client that goes away between chunks leaves no file behind', async () => {
  await using server = await serve({ options: { limits: { size: 1_000_000 } } });
  await using client = await openClient(server.port);
  const lines = 'x'
    .repeat(998)
    .concat(String.raw`\r\n`)
    .repeat(200);
  await client.play(`${toRecipient}\nR: BDAT 200000\\r\\n${lines}\nS: 250 2.0.0 Ok: 200000 octets received`);
  expect(await server.files()).toHaveLength(1);
  client.vanish();
  await expect.poll(() => server.files()).toEqual([]);
});

test('onData is asked at the first chunk; who refuses there refuses the chunk, and its octets are no commands', async () => {
  let asked = 0;
  await using server = await serve({
    sinks: {
      onData() {
        asked += 1;
        return { kind: 'reject', reply: { code: 554, status: '5.7.1', text: 'Not today' } };
      },
    },
  });
  await play(
    String.raw`${toRecipient}
     R: BDAT 6\r\nNOOP\r\nBDAT 6 LAST\r\nNOOP\r\n
     S: 554 5.7.1 Not today
     S: 503 5.5.1 MAIL first`,
    server.port,
  );
  expect(asked).toBe(1);
});

test('where onEhlo hid CHUNKING it is refused', async () => {
  await using server = await serve({
    sinks: { onEhlo: () => ({ kind: 'next', edits: [{ kind: 'hide-capability', keyword: 'CHUNKING' }] }) },
  });
  await play(String.raw`${toRecipient}R: BDAT 6\r\nNOOP\r\n` + '\nS: 502 5.5.1 CHUNKING is not offered', server.port);
});

test('law: however octets are cut into chunks and packets, the reader says and writes the same', () => {
  const octet = constantFrom(0x0d, 0x0a, 0x2e, 0x61, 0x62, 0x00);
  assert(
    property(array(octet, { maxLength: 40 }), array(nat(7), { maxLength: 20 }), (octets, cuts) => {
      const read = (sizes: readonly number[]) => {
        const reader = new ChunkReader();
        const out: number[] = [];
        const taker = {
          write: (chunk: Uint8Array, from: number, to: number) => void out.push(...chunk.subarray(from, to)),
        };
        let at = 0;
        for (const size of [...sizes, octets.length]) {
          const chunk = Uint8Array.from(octets.slice(at, at + size));
          reader.expect(chunk.length);
          expect(reader.read(chunk, 0, taker)).toBe(chunk.length);
          expect(reader.isComplete).toBe(true);
          at += chunk.length;
        }
        reader.finish(taker);
        return { out, bare: reader.hasBareLineEnd, nul: reader.hasNul };
      };
      const whole = read([]);
      expect(read(cuts)).toEqual(whole);
      const text = Buffer.from(octets).toString('latin1');
      expect(whole.bare).toBe(/\r(?!\n)|(?<!\r)\n/.test(text));
      expect(whole.nul).toBe(text.includes('\0'));
    }),
  );
});
