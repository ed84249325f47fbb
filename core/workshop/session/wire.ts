import { Socket } from 'node:net';

/** Two ends of a connection inside this process: what one writes the other reads, at the next turn. */
export function connectedPair(): { readonly client: Socket; readonly server: Socket } {
  const client = new End({ address: '192.0.2.7', port: 40_000 }, { address: '192.0.2.1', port: 25 });
  const server = new End({ address: '192.0.2.1', port: 25 }, { address: '192.0.2.7', port: 40_000 });
  client.peer = server;
  server.peer = client;
  return { client, server };
}

type Place = { readonly address: string; readonly port: number };

/** A socket without a handle: protocols take it for one. */
class End extends Socket {
  peer: End | null = null;

  constructor(own: Place, other: Place) {
    super({ allowHalfOpen: true });
    // Getters of the class above that would ask the handle.
    Object.defineProperties(this, {
      remoteAddress: { value: other.address },
      remotePort: { value: other.port },
      localAddress: { value: own.address },
      localPort: { value: own.port },
    });
  }

  override _read(): void {}

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.peer?.push(chunk);
    setImmediate(done);
  }

  override _final(done: () => void): void {
    this.peer?.push(null);
    done();
  }

  override _destroy(cause: Error | null, done: (cause: Error | null) => void): void {
    const { peer } = this;
    this.peer = null;
    if (peer && !peer.destroyed) setImmediate(() => peer.destroy());
    done(cause);
    setImmediate(() => this.emit('close', cause !== null)); // the class above leaves that to its own _destroy
  }
}
