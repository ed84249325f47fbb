import { connect as connectPlain, type Socket } from 'node:net';
import { addAbortSignal } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { Fault } from '../../errors.ts';
import type { Hop } from '../next-hops.ts';
import { createReplyReader, type ReplyReader, type ServerReply } from './reply-reader.ts';
import { timeouts, type Waiting } from './timeouts.ts';

type Waiter = { readonly resolve: (reply: ServerReply) => void; readonly reject: (why: Fault) => void };

/** Octets sent before the event loop may turn. */
const step = 256 * 1024;

/** One TCP connection to a server: octets out, replies in, in order. After any failure it is of no more use. */
export class Connection implements Disposable {
  readonly hop: Hop;
  /** Replies so far: whether a command was heard at all. */
  heard = 0;
  #socket: Socket | TLSSocket;
  #reader: ReplyReader = createReplyReader();
  #replies: ServerReply[] = [];
  #waiters: Waiter[] = [];
  #failure: Fault | null = null;

  private constructor(hop: Hop, socket: Socket | TLSSocket) {
    this.hop = hop;
    this.#socket = socket;
    this.#listen();
  }

  /** @param signal ends it at any time. @param tls for TLS from the first octet. @throws Fault `relay.connect` when nobody takes it in time */
  static async open(
    hop: Hop,
    { timeout, tls, signal }: { timeout: number; tls: ConnectionOptions | null; signal: AbortSignal },
  ): Promise<Connection> {
    const { address: host, port } = hop;
    const socket = tls ? connectTls({ ...tls, host, port }) : connectPlain({ host, port });
    socket.setNoDelay(true);
    // Destroys it whatever it waits for: a stop must not wait for a host that says nothing.
    addAbortSignal(signal, socket);
    await established(socket, tls ? 'secureConnect' : 'connect', timeout, hop);
    return new Connection(hop, socket);
  }

  get isOpen(): boolean {
    return this.#failure === null && this.#socket.writable;
  }

  /** Null while in the clear. */
  get tls(): { readonly version: string; readonly cipher: string } | null {
    if (!('getCipher' in this.#socket)) return null;
    return { version: this.#socket.getProtocol() ?? '', cipher: this.#socket.getCipher().name };
  }

  get local(): { readonly address: string; readonly port: number } {
    return { address: this.#socket.localAddress ?? '', port: this.#socket.localPort ?? 0 };
  }

  /** Sends; resolves when the kernel has room again. @throws Fault `relay.lost` when the other end does not take it */
  async write(octets: Buffer | string): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (this.#socket.write(octets) || this.#socket.writableLength === 0) return;
    await this.#drained();
  }

  /** Sends piece by piece, and lets others have their turn. @throws Fault `relay.lost` when the other end does not take it */
  async writeAll(pieces: Iterable<Uint8Array>): Promise<void> {
    let sent = 0;
    this.#socket.cork();
    for (const piece of pieces) {
      if (this.#failure) throw this.#failure;
      this.#socket.write(piece);
      sent += piece.length;
      if (sent < step) continue;
      sent = 0;
      this.#socket.uncork();
      await turn();
      if (this.#socket.writableNeedDrain) await this.#drained();
      this.#socket.cork();
    }
    this.#socket.uncork();
    if (this.#socket.writableNeedDrain) await this.#drained();
  }

  /** The next reply. @throws Fault `relay.lost` `relay.timeout` `relay.protocol` */
  async reply(waiting: Waiting): Promise<ServerReply> {
    const ready = this.#replies.shift();
    if (ready) return ready;
    if (this.#failure) throw this.#failure;
    const { promise, resolve, reject } = Promise.withResolvers<ServerReply>();
    this.#waiters.push({ resolve, reject });
    const timer = setTimeout(() => this.#fail(this.#fault('relay.timeout', waiting)), timeouts[waiting]);
    return await promise.finally(() => clearTimeout(timer));
  }

  /** Goes on with TLS. What came in the clear after the reply is an injection. @throws Fault `relay.tls` `relay.protocol` */
  async upgrade(tls: ConnectionOptions): Promise<void> {
    if (this.#reader.pending > 0 || this.#replies.length > 0) throw this.#fault('relay.protocol', 'STARTTLS');
    const plain = this.#socket;
    plain.removeAllListeners('data').removeAllListeners('close').removeAllListeners('error');
    plain.on('error', () => undefined);
    const secure = connectTls({ ...tls, socket: plain });
    this.#socket = secure;
    this.#reader = createReplyReader();
    try {
      await established(secure, 'secureConnect', timeouts.command, this.hop);
    } catch (cause) {
      this[Symbol.dispose]();
      throw new Fault('relay.tls', { host: this.hop.name, reason: reasonOf(cause) }, cause);
    }
    this.#listen();
  }

  [Symbol.dispose](): void {
    this.#fail(this.#fault('relay.lost', 'closed'));
  }

  #listen(): void {
    this.#socket.on('data', (octets: Buffer) => this.#receive(octets));
    this.#socket.on('error', (cause) => this.#fail(this.#fault('relay.lost', reasonOf(cause), cause)));
    this.#socket.on('close', () => this.#fail(this.#fault('relay.lost', 'the connection was closed')));
    this.#socket.on('end', () => this.#fail(this.#fault('relay.lost', 'the connection was closed')));
  }

  #receive(octets: Buffer): void {
    try {
      for (const reply of this.#reader.push(octets)) {
        this.heard += 1;
        const waiter = this.#waiters.shift();
        if (waiter) waiter.resolve(reply);
        else this.#replies.push(reply);
      }
    } catch (cause) {
      this.#fail(cause instanceof Fault ? cause : this.#fault('relay.protocol', reasonOf(cause)));
    }
    // Nobody asked for so many: a server that talks without end must not fill memory.
    if (this.#replies.length > 2_000) this.#fail(this.#fault('relay.protocol', 'replies nobody asked for'));
  }

  async #drained(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => this.#fail(this.#fault('relay.timeout', 'block')), timeouts.block);
    const failed = (): void => reject(this.#failure ?? this.#fault('relay.lost', 'closed'));
    this.#socket.once('drain', resolve).once('close', failed);
    await promise.finally(() => {
      clearTimeout(timer);
      this.#socket.off('drain', resolve).off('close', failed);
    });
  }

  #fail(fault: Fault): void {
    this.#failure ??= fault;
    this.#socket.destroy();
    for (const { reject } of this.#waiters.splice(0)) reject(this.#failure);
  }

  #fault(code: 'relay.lost' | 'relay.timeout' | 'relay.protocol', reason: string, cause?: unknown): Fault {
    return new Fault(code, { host: this.hop.name, address: this.hop.address, reason }, cause);
  }
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** Waits for one event of a socket; any other end of it is a fault, and the socket is gone. */
async function established(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  timeout: number,
  hop: Hop,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (cause: unknown): void =>
    reject(cause instanceof Error ? cause : new Error('the connection was closed'));
  const timer = setTimeout(() => fail(new Error('no answer in time')), timeout);
  socket.once(event, resolve).on('error', fail).once('close', fail);
  try {
    await promise;
  } catch (cause) {
    socket.on('error', () => undefined).destroy();
    throw new Fault(
      'relay.connect',
      { host: hop.name, address: hop.address, port: hop.port, reason: reasonOf(cause) },
      cause,
    );
  } finally {
    clearTimeout(timer);
    socket.off(event, resolve).off('error', fail).off('close', fail);
  }
}
