import { reply, type Reply } from '../../../sdk/reply.ts';
import type { NextRoute } from '../next-route.ts';
import type { Connection } from './connection.ts';
import { asReply, type ServerReply } from './reply-reader.ts';

/** RFC 4954 §6. Temporary: it is our configuration that is wrong, and nobody's mail is given up for it at once. */
const noMechanism = reply(454, '7.0', 'The smart host offers no way to log in that is known here');
const inTheClear = reply(454, '7.11', 'A password is not sent to the smart host in the clear');

/**
 * Logs in where the route says so: PLAIN, else LOGIN, and only under TLS, or to this machine.
 *
 * @returns why not; null when it is done or nothing was to do
 * @source RFC 4954 §4, RFC 4616
 */
export async function authenticate(
  connection: Connection,
  extensions: ReadonlyMap<string, string>,
  { auth }: NextRoute,
): Promise<Reply | null> {
  if (auth === null) return null;
  if (connection.tls === null && !isLoopback(connection.hop.address)) return inTheClear;
  const mechanisms = new Set((extensions.get('AUTH') ?? '').toUpperCase().split(' '));
  const { user, password } = auth;
  if (mechanisms.has('PLAIN')) {
    return outcome(await say(connection, `AUTH PLAIN ${base64(`\0${user}\0${password}`)}`));
  }
  if (!mechanisms.has('LOGIN')) return noMechanism;
  const first = await say(connection, 'AUTH LOGIN');
  if (first.code !== 334) return outcome(first);
  const second = await say(connection, base64(user));
  return outcome(second.code === 334 ? await say(connection, base64(password)) : second);
}

async function say(connection: Connection, line: string): Promise<ServerReply> {
  await connection.write(`${line}\r\n`);
  return await connection.reply('command');
}

function outcome(said: ServerReply): Reply | null {
  if (said.code === 235) return null;
  // A wrong password is ours to mend: mail waits for it instead of being returned.
  return { ...asReply(said), code: 454, status: '4.7.8' };
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');
