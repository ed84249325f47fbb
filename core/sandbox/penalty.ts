import type { HostEvent, Slot } from './hosts.ts';
import type { Host, HostOptions } from './supervisor.ts';
import type { Tenant } from './tenant.ts';

export type PenaltyOptions = {
  /** Starts a host, or hands over one that nobody has been in. It is among all hosts from then on. */
  readonly open: (onLost: HostOptions['onLost']) => Host;
  readonly forget: (host: Host) => void;
  readonly onEvent: (event: HostEvent) => void;
  /** There is a host, or it is gone: what the last one did not answer must be asked again. */
  readonly onMoved: (slot: Slot) => void;
  /** Milliseconds without a call after which the host ends. */
  readonly idle: number;
};

/** Milliseconds before a host that did not even start is started again. */
const retry = 1000;

/**
 * The host of tenants that have ended one: what they do again harms none but themselves. It is there while they have
 * something to do.
 */
export class Penalty {
  readonly slot: Slot = { host: null, tenants: new Set<Tenant>() };
  readonly #options: PenaltyOptions;
  #starting: Host | null = null;
  #rest: NodeJS.Timeout | null = null;
  #isStopping = false;

  constructor(options: PenaltyOptions) {
    this.#options = options;
  }

  /** Somebody in it has something to do. */
  wake(): void {
    this.#rest?.refresh();
    if (this.slot.host || this.#starting || this.#isStopping) return;
    const host = this.#options.open((lost, reason, sink) => this.#lose(lost, reason, sink));
    this.#starting = host;
    void host.ready.then((isReady) => isReady && this.#place(host));
  }

  /** No host is started any more; whoever stops all hosts stops this one too. */
  stop(): void {
    this.#isStopping = true;
    if (this.#rest) clearTimeout(this.#rest);
  }

  #place(host: Host): void {
    if (this.#isStopping) return;
    this.#starting = null;
    this.slot.host = host;
    this.#options.onEvent({ kind: 'host-started', pid: host.pid, reason: 'penalty' });
    this.#options.onMoved(this.slot);
    this.#restLater();
  }

  #lose(host: Host, reason: string, sink: string | null): void {
    this.#options.forget(host);
    if (this.#isStopping) return;
    const isStart = this.#starting === host;
    this.#starting = null;
    this.slot.host = null;
    if (this.#rest) clearTimeout(this.#rest);
    this.#rest = null;
    this.#options.onEvent({ kind: 'host-lost', pid: host.pid, reason, ...(sink !== null && { sink }) });
    if (isStart) setTimeout(() => this.#options.onMoved(this.slot), retry).unref();
    else this.#options.onMoved(this.slot);
  }

  #restLater(): void {
    this.#rest = setTimeout(() => this.#look(), this.#options.idle).unref();
  }

  #look(): void {
    const { host, tenants } = this.slot;
    if (!host) return;
    const isBusy = host.waiting > 0 || [...tenants].some(({ calls }) => calls.size > 0);
    if (isBusy) this.#restLater();
    else void host.stop();
  }
}
