import type { Socket } from 'node:net';
import { TLSSocket, type SecureContext } from 'node:tls';

/** Milliseconds a client has for its handshake. */
const patience = 30_000;

/**
 * Connections that begin with TLS (RFC 8314 §3), while they shake hands. One that fails or takes too long is closed,
 * and nobody else hears of it.
 */
export class ImplicitTls {
  readonly #shaking = new Set<TLSSocket>();
  readonly #onTrouble: (error: Error) => void;

  constructor(onTrouble: (error: Error) => void) {
    this.#onTrouble = onTrouble;
  }

  /** @param serve is given the connection once it is secure */
  begin(socket: Socket, secureContext: SecureContext, serve: (secure: TLSSocket) => void): void {
    const secure = new TLSSocket(socket, { isServer: true, secureContext });
    this.#shaking.add(secure);
    const settle = (): void => {
      this.#shaking.delete(secure);
      secure.off('timeout', giveUp).setTimeout(0);
    };
    const giveUp = (): void => void secure.destroy();
    secure.setTimeout(patience, giveUp);
    secure.on('error', this.#onTrouble);
    secure.once('close', settle);
    secure.once('secure', () => {
      settle();
      serve(secure);
    });
  }

  /** Cuts off who is in the middle of it. */
  abandon(): void {
    for (const secure of this.#shaking) secure.destroy();
  }
}
