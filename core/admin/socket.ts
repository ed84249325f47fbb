import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { join, relative } from 'node:path';
import { Fault } from '../errors.ts';

/** What `sockaddr_un` holds on the smallest of our platforms, less the final NUL. */
const maxPath = 103;

/**
 * Where operators reach the Sluice of a data folder: a Unix socket, so that the rights of the file are the rights to
 * administer. The one file that knows.
 *
 * @throws Fault `config.invalid` when the folder's path is too long for a socket
 */
export function socketPath(folder: string): string {
  const path = join(folder, 'admin.sock');
  const short = relative('', path);
  const shortest = short.length > 0 && short.length < path.length ? short : path;
  if (Buffer.byteLength(shortest) <= maxPath) return shortest;
  throw new Fault('config.invalid', { path, octets: Buffer.byteLength(path), most: maxPath });
}

/**
 * Listens for this user alone (0600, from the first moment on). The socket of a process that is gone is replaced.
 *
 * @throws Fault `data.locked` when somebody listens there
 */
export async function listenOn(server: Server, folder: string): Promise<void> {
  const path = socketPath(folder);
  if (await isAlive(path)) throw new Fault('data.locked', { path });
  await rm(path, { force: true });

  const mask = process.umask(0o177); // bind() happens within listen(): nobody else can connect in between
  try {
    server.listen(path);
  } finally {
    process.umask(mask);
  }
  await once(server, 'listening');
  await chmod(path, 0o600);
}

async function isAlive(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
