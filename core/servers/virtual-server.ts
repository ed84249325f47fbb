import type { Socket } from 'node:net';
import { compileAccess, type Access } from './access.ts';
import type { Log } from '../telemetry/telemetry.ts';
import { Connections, type ConnectionLimits } from './connections.ts';
import { ImplicitTls } from './implicit-tls.ts';
import type { Lease, Listeners } from './listeners.ts';
import type { ListenAddress } from './options.ts';
import type { CurrentTls, ProtocolServer, Refusal } from './protocol-server.ts';
import { checkMove, type ServerState } from './server-state.ts';
import { loadTls, type LoadedTls, type TlsFiles } from './tls.ts';

/** What a virtual server is set to; `options` are those of its protocol. */
export type ServerSettings<Options> = {
  readonly listen: readonly ListenAddress[];
  readonly limits: ConnectionLimits;
  readonly access: Access;
  /** Null: no TLS. */
  readonly tls: TlsFiles | null;
  readonly options: Options;
};

export type ServerParts<Options> = {
  readonly id: string;
  readonly listeners: Listeners;
  readonly log: Log;
  /** Called once. */
  readonly createProtocol: (options: Options, tls: CurrentTls) => ProtocolServer<Options>;
};

/** A change that is ready: nobody sees it before `commit`, which does not wait and cannot fail. */
export type Preparation = {
  commit(): void;
  /** Instead of `commit`. */
  undo(): Promise<void>;
  /** After `commit`: what it replaced goes. */
  drain(): Promise<void>;
};

/** Settings with what they need: what runs. */
type Bound<Options> = {
  readonly settings: ServerSettings<Options>;
  readonly leases: readonly Lease[];
  readonly tls: LoadedTls | null;
  /** Whether an address may connect. */
  readonly isAllowed: (address: string) => boolean;
};

/** Refused clients that may read why at a time; more are cut off. */
const mostRefused = 200;

/** One virtual server: addresses, limits and a certificate for one protocol. Its state makes only legal moves. */
export class VirtualServer<Options> implements AsyncDisposable {
  readonly id: string;
  readonly #parts: ServerParts<Options>;
  readonly #protocol: ProtocolServer<Options>;
  readonly #connections = new Connections();
  readonly #implicitTls: ImplicitTls;
  #settings: ServerSettings<Options>;
  #bound: Bound<Options> | null = null;
  #state: ServerState = 'stopped';
  #refused = 0;

  constructor(parts: ServerParts<Options>, settings: ServerSettings<Options>) {
    this.id = parts.id;
    this.#parts = parts;
    this.#settings = settings;
    this.#implicitTls = new ImplicitTls((error) => parts.log.debug({ error, virtualServer: parts.id }, 'TLS failed'));
    this.#protocol = parts.createProtocol(settings.options, () => this.#bound?.tls?.context ?? null);
  }

  get state(): ServerState {
    return this.#state;
  }

  /** Where it listens now. */
  get addresses(): readonly ListenAddress[] {
    return this.#bound?.leases.map(({ local }) => local) ?? [];
  }

  get sessions(): number {
    return this.#protocol.sessions;
  }

  /** Binds and gets ready; `commit` starts serving. @throws Fault `server.listen`, `server.tls`, `server.state` */
  async prepareStart(): Promise<Preparation> {
    this.#move('starting');
    try {
      const next = await this.#bind(this.#settings);
      return {
        commit: () => {
          this.#move('running');
          this.#swap(next);
        },
        undo: async () => {
          this.#move('stopped');
          release(next.leases);
        },
        drain: async () => undefined,
      };
    } catch (cause) {
      this.#move('failed');
      throw cause;
    }
  }

  async start(): Promise<void> {
    const preparation = await this.prepareStart();
    preparation.commit();
  }

  /** Other settings while it runs; sessions stay, addresses kept are not bound anew. @throws Fault as above */
  async prepare(settings: ServerSettings<Options>): Promise<Preparation> {
    if (this.#state !== 'running' && this.#state !== 'paused') checkMove(this.id, this.#state, 'running');
    const next = await this.#bind(settings);
    let before: Bound<Options> | null = null;
    return {
      commit: () => {
        before = this.#swap(next);
      },
      undo: async () => release(next.leases),
      drain: async () => release(before?.leases ?? []),
    };
  }

  /** Reads certificate and key again; sessions that begin TLS from now on get them. @throws Fault `server.tls`; the old stay */
  async reloadTls(): Promise<void> {
    const files = this.#bound?.settings.tls;
    if (!files) return;
    const tls = await this.#loadTls(files);
    if (this.#bound) this.#bound = { ...this.#bound, tls };
  }

  /** Sessions go on, new connections are refused. @throws Fault `server.state` */
  pause(): void {
    this.#move('paused');
  }

  /** @throws Fault `server.state` */
  resume(): void {
    this.#move('running');
  }

  /** Stops listening, lets sessions end, cuts off who is left. @param grace milliseconds. @throws Fault `server.state` */
  async stop(grace: number): Promise<void> {
    if (this.#state !== 'failed') {
      this.#move('stopping');
      release(this.#bound?.leases ?? []);
      this.#implicitTls.abandon();
      await this.#protocol.drain(grace);
      this.#bound = null;
    }
    this.#move('stopped');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === 'running' || this.#state === 'paused') await this.stop(0);
    await this.#protocol[Symbol.asyncDispose]();
  }

  #move(to: ServerState): void {
    checkMove(this.id, this.#state, to);
    this.#parts.log.debug({ virtualServer: this.id, from: this.#state, to }, 'virtual server');
    this.#state = to;
  }

  async #bind(settings: ServerSettings<Options>): Promise<Bound<Options>> {
    const tls = settings.tls && (await this.#loadTls(settings.tls));
    const leases: Lease[] = [];
    try {
      for (const address of settings.listen) leases.push(await this.#parts.listeners.open(this.id, address));
    } catch (cause) {
      release(leases);
      throw cause;
    }
    return { settings, leases, tls, isAllowed: compileAccess(settings.access) };
  }

  async #loadTls(files: TlsFiles): Promise<LoadedTls> {
    const tls = await loadTls(this.id, files);
    const { certificate } = files;
    if (tls.expires < Date.now()) {
      this.#parts.log.warn({ virtualServer: this.id, certificate }, 'the certificate has expired');
    }
    return tls;
  }

  /** Cannot fail. @returns what was bound before */
  #swap(next: Bound<Options>): Bound<Options> | null {
    const before = this.#bound;
    this.#bound = next;
    this.#settings = next.settings;
    this.#protocol.configure(next.settings.options);
    for (const lease of next.leases) lease.take((socket) => this.#serve(socket, lease.local.tls === true));
    return before;
  }

  #serve(socket: Socket, isImplicit: boolean): void {
    const address = socket.remoteAddress;
    // The client has gone already.
    if (address === undefined) return void socket.destroy();
    const isDenied = !this.#bound?.isAllowed(address);
    const context = isImplicit ? this.#bound?.tls?.context : null;
    // What waits for a handshake cannot read words.
    if (context === undefined || (context && (isDenied || this.#state !== 'running'))) return void socket.destroy();
    if (isDenied) return this.#refuse(socket, 'denied');
    if (this.#state !== 'running') return this.#refuse(socket, 'paused');
    const refusal = this.#connections.admit(address, this.#settings.limits);
    if (refusal) return context ? void socket.destroy() : this.#refuse(socket, refusal);
    socket.once('close', () => this.#connections.leave(address));
    if (context) this.#implicitTls.begin(socket, context, (secure) => this.#protocol.accept(secure));
    else this.#protocol.accept(socket);
  }

  #refuse(socket: Socket, why: Refusal): void {
    if (this.#refused >= mostRefused) return void socket.destroy();
    this.#refused += 1;
    socket.once('close', () => {
      this.#refused -= 1;
    });
    this.#protocol.refuse(socket, why);
  }
}

function release(leases: readonly Lease[]): void {
  for (const lease of leases) lease.release();
}
