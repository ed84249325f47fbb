import { once } from 'node:events';
import type { Socket } from 'node:net';
import { TLSSocket, type SecureContext } from 'node:tls';

/** Milliseconds a client has for its handshake. */
const patience = 30_000;

/**
 * TLS from here on. What the client sent in the clear after it asked for it is thrown away: it may be anybody's words
 * (CVE-2011-0411).
 *
 * @throws Error when the handshake fails; the connection is closed then
 */
export async function secure(plain: Socket, secureContext: SecureContext, signal: AbortSignal): Promise<TLSSocket> {
  while (plain.read() !== null);
  plain.setTimeout(0);
  const socket = new TLSSocket(plain, { isServer: true, secureContext });
  socket.once('close', () => plain.destroy());
  socket.setTimeout(patience, () => plain.destroy());
  try {
    await once(socket, 'secure', { signal });
  } catch (cause) {
    plain.destroy();
    throw cause;
  }
  socket.on('error', () => undefined); // 'close' follows
  return socket;
}
