import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { expect, test } from 'vitest';
import { serve, type Served } from '../core/protocols/smtp/serve.ts';

// Clients other people wrote, against a live server. Skipped (and reported so) where one is not installed.

const pem = (name: string): Buffer => readFileSync(new URL(`../support/certificates/${name}`, import.meta.url));
const context = createSecureContext({ cert: pem('one.cert.pem'), key: pem('one.key.pem') });
const message = 'From: ann@client.test\r\nTo: bob@example.test\r\nSubject: interop\r\n\r\n.dots\r\n..and more\r\n';

const has = (tool: string): boolean => spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0;

type Ended = { readonly status: number | null; readonly output: string };

/** Runs a client to its end; one that hangs is ended by the time limit of the test. */
function run(tool: string, args: readonly string[], input = ''): Promise<Ended> {
  const child = spawn(tool, args, { timeout: 20_000 });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  child.once('error', reject).once('close', (status) => resolve({ status, output }));
  return promise;
}

const open = (): Promise<Served> => serve({ tls: () => context, options: { limits: { recipients: 100 } } });
const body = ({ submissions }: Served): string =>
  submissions[0]?.text.split('\r\n\r\n').slice(1).join('\r\n\r\n') ?? '';

test.skipIf(!has('curl'))('curl sends a message over STARTTLS and logs in with PLAIN', async () => {
  await using server = await open();
  const ends = ['--mail-from', 'ann@client.test', '--mail-rcpt', 'bob@example.test', '--upload-file', '-'];
  const login = ['--ssl-reqd', '--insecure', '--user', 'bob@example.test:secret', '--login-options', 'AUTH=PLAIN'];
  const { status, output } = await run('curl', ['-sS', `smtp://127.0.0.1:${server.port}`, ...ends, ...login], message);
  expect([status, output]).toEqual([0, '']);
  expect(server.submissions).toMatchObject([
    { reversePath: 'ann@client.test', session: { identity: 'bob@example.test', tls: { version: 'TLSv1.3' } } },
  ]);
  expect(body(server)).toBe('.dots\r\n..and more\r\n');
});

test.skipIf(!has('swaks'))('swaks sends a message with PIPELINING, and one after it logged in with LOGIN', async () => {
  await using server = await open();
  const to = ['--server', '127.0.0.1', '--port', String(server.port), '--from', 'ann@client.test'];
  const login = ['--auth', 'LOGIN', '--auth-user', 'bob@example.test', '--auth-password', 'secret'];
  const recipients = ['--to', 'bob@example.test,ann@example.test'];
  const piped = await run('swaks', [...to, ...recipients, '--pipeline', '--body', 'hello']);
  expect(piped.output).toContain('250 2.0.0 Ok: queued as');
  const logged = await run('swaks', [...to, ...recipients, ...login, '--body', '.dot']);
  expect([piped.status, logged.status]).toEqual([0, 0]);
  expect(server.submissions).toMatchObject([
    { recipients: ['bob@example.test', 'ann@example.test'], session: { identity: null } },
    { session: { identity: 'bob@example.test' } },
  ]);
});

test.skipIf(!has('smtp-source'))(
  'smtp-source sends 200 messages over ten connections, and all of them arrive once',
  async () => {
    await using server = await open();
    const args = ['-s', '10', '-m', '200', '-l', '4096', '-f', 'ann@client.test', '-t', 'bob@example.test', '-M', 'x'];
    const { status, output } = await run('smtp-source', [...args, `inet:127.0.0.1:${server.port}`]);
    expect([status, output]).toEqual([0, '']);
    expect(server.submissions).toHaveLength(200);
    expect(new Set(server.submissions.map(({ traceId }) => traceId)).size).toBe(200);
  },
);

test.skipIf(!has('openssl'))('openssl s_client goes to TLS with STARTTLS and is served there', async () => {
  await using server = await open();
  const args = ['s_client', '-connect', `127.0.0.1:${server.port}`, '-starttls', 'smtp', '-crlf', '-quiet'];
  // `-quiet` keeps it from taking a Q at the start of a line for its own.
  const { output } = await run('openssl', args, 'QUIT\n');
  expect(output).toContain('CN = one.example.test');
  expect(output).toContain('221 2.0.0 Bye');
});
