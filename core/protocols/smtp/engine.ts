import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { SMTPServer } from 'smtp-server';
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js';
import { SMTPStream } from 'smtp-server/lib/smtp-stream.js';
import { channelBindingsOf, type ChannelBindings } from '../../auth/channel-bindings.ts';
import type { CurrentTls } from '../../servers/protocol-server.ts';
import type { TlsState } from './session.ts';

/** What a conversation does to its connection. */
export type Wire = {
  readonly remote: { readonly address: string; readonly port: number };
  readonly local: { readonly address: string; readonly port: number };
  /** TLS that was there before the greeting; null where it is not implicit. */
  readonly tls: TlsState | null;
  /** What ties a login to the TLS there is now; null without. */
  bindings(): ChannelBindings | null;
  /** Latin-1. @returns false when the client does not read: wait for `onceDrained` */
  write(text: string): boolean;
  onceDrained(then: () => void): void;
  /** Octets that are here and not read, the chunk in hand included. */
  waiting(): number;
  /** Starts the TLS handshake. What came in the clear is thrown away, the rest of the chunk (`done`) included. */
  startTls(done: () => void): void;
  /** Sends what was written, then closes; cuts the client off when it does not close its side. */
  end(): void;
  destroy(): void;
};

/** What happens to a conversation. */
export type Listener = {
  open(): void;
  /** `done` asks for the next chunk; until then TCP holds the client back. */
  receive(chunk: Buffer, done: () => void): void;
  secured(tls: TlsState): void;
  /** Nothing moved on the connection for the idle limit. */
  idle(): void;
  /** The connection is gone; called once. */
  closed(): void;
};

/** The part of smtp-server that is used. */
export type Engine = {
  accept(socket: Socket): void;
  /** @param idle milliseconds; for timers armed from now on */
  configure(idle: number): void;
};

export type EngineOptions = {
  readonly hostname: string;
  readonly idle: number;
  readonly tls: CurrentTls;
  converse(wire: Wire): Listener;
  /** A failed handshake, a reset connection: of interest to the log only. */
  onTrouble(error: Error): void;
};

/**
 * Runs smtp-server. No other file imports it.
 *
 * It keeps connections: idle timer, back-pressure, STARTTLS with everything sent in the clear thrown away, and the
 * orderly close. Lines, commands, replies and the envelope are ours, because measured (protocols.md §2, style.md §3) its
 * parser takes bare LF for a line end and runs the octets of a refused BDAT, its replies cannot carry a status of their
 * own, it merges `Bob@` and `bob@`, and it has no hook before 354.
 *
 * It is given no way to its built-in certificate, whose key is public: its TLS context is ours or none.
 */
export function createEngine(options: EngineOptions): Engine {
  const server = new Server(options);
  return {
    accept: (socket) => server.connect(socket),
    configure(idle) {
      server.options.socketTimeout = idle;
    },
  };
}

class Server extends SMTPServer {
  readonly #engine: EngineOptions;

  constructor(engine: EngineOptions) {
    super({
      name: engine.hostname,
      socketTimeout: engine.idle,
      disabledCommands: ['AUTH', 'STARTTLS', 'WIZ', 'SHELL', 'KILL'],
      disableReverseLookup: true,
      logger: false,
      onSecure(socket, session, done) {
        conversations.get(session)?.secured(tlsStateOf(socket));
        done();
      },
      onClose(session) {
        conversations.get(session)?.closed();
      },
    });
    this.#engine = engine;
    this.secureContext.clear();
  }

  override connect(socket: Socket): void {
    // Gone already: there would be no close event to end the conversation.
    if (socket.destroyed) return;
    // A client that sends FIN after its last dot still waits for the reply: unanswered, it would send the mail again.
    socket.allowHalfOpen = true;
    const connection = new Connection(this, socket);
    connection.on('error', (error: Error) => this.#engine.onTrouble(error));
    this.connections.add(connection);
    connection.converse((wire) => this.#engine.converse(wire));
  }

  /** The certificate of the moment, also when it changed while the server runs. */
  takeContext(): boolean {
    const context = this.#engine.tls();
    if (context === null) this.secureContext.clear();
    else this.secureContext.set('*', context);
    return context !== null;
  }
}

const conversations = new WeakMap<object, Listener>();

class Connection extends SMTPConnection {
  // Not private: the parser is created by the constructor of the class above, before there is a conversation.
  listener: Listener | null = null;
  readonly #owner: Server;
  readonly #awaitsClose: readonly unknown[];

  constructor(owner: Server, socket: Socket) {
    const awaitsClose = socket.listeners('close');
    // Its id is not used; making one up costs more than everything else here.
    super(owner, socket, { id: '-' });
    this.#owner = owner;
    this.#awaitsClose = awaitsClose;
  }

  /** Instead of `init()`, which waits 100 ms for early talkers. */
  converse(open: (wire: Wire) => Listener): void {
    const listener = open(this.#wire());
    this.listener = listener;
    conversations.set(this.session, listener);
    this._setListeners(() => listener.open());
  }

  override _createParser(): SMTPStream {
    return new Input(this);
  }

  /** Its own would say 421 in its own words. */
  override _onTimeout(): void {
    this.listener?.idle();
    if (!this._closing && !this._closed) this._armTimeout();
  }

  /** Closes our side after the client's, unless STARTTLS has put another parser in its place. */
  finish(parser: SMTPStream): void {
    if (parser === this._parser) this._socket.end();
  }

  #wire(): Wire {
    return {
      remote: { address: this.remoteAddress, port: this.remotePort },
      local: { address: this.localAddress, port: this.localPort },
      tls: this._socket instanceof TLSSocket ? tlsStateOf(this._socket) : null,
      bindings: () => (this._socket instanceof TLSSocket ? channelBindingsOf(this._socket) : null),
      write: (text) => !this._socket.writable || this._socket.write(text, 'latin1'),
      onceDrained: (then) => void this._socket.once('drain', then),
      waiting: () => (this._parser ? this._parser.writableLength : 0),
      startTls: (done) => this.#startTls(done),
      end: () => this.close(),
      destroy: () => void this._socket.destroy(),
    };
  }

  #startTls(done: () => void): void {
    if (!this.#owner.takeContext()) return void this._socket.destroy();
    const socket = this._socket;
    this.upgrade(done);
    // QUIRK: it took every listener off the socket, also that of whoever counts connections.
    for (const listener of this.#awaitsClose) {
      if (typeof listener === 'function') socket.once('close', () => void Reflect.apply(listener, socket, []));
    }
  }
}

/** Hands octets on as they are. Retired by smtp-server (`isClosed`), as at STARTTLS, it throws away what it still holds. */
class Input extends SMTPStream {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    super();
    this.#connection = connection;
  }

  override _write(chunk: Buffer, _: unknown, next: () => void): void {
    const { listener } = this.#connection;
    if (this.isClosed || listener === null) next();
    else listener.receive(chunk, next);
  }

  /** The client sends no more, and all it sent is answered: a chunk is done when its replies are written. */
  override _final(done: () => void): void {
    this.#connection.finish(this);
    done();
  }
}

function tlsStateOf(socket: Socket): TlsState {
  if (!(socket instanceof TLSSocket)) return { version: 'unknown', cipher: 'unknown' };
  return { version: socket.getProtocol() ?? 'unknown', cipher: socket.getCipher().standardName };
}
