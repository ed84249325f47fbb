import { Fault } from '../errors.ts';
import type { Log } from '../telemetry/telemetry.ts';
import { Host } from './supervisor.ts';
import type { Tenant } from './tenant.ts';

/** A place for an active host, and the isolates that live there. Empty while no spare was ready to step in. */
export type Slot = { host: Host | null; readonly tenants: Set<Tenant> };
export type HostsStatus = readonly {
  readonly pid: number;
  readonly role: 'active' | 'spare' | 'penalty';
  readonly isolates: number;
  /** Messages whose octets it holds. */
  readonly messages: number;
}[];
export type HostEvent = { readonly kind: 'host-started' | 'host-lost'; readonly pid: number; readonly reason: string };
export type HostsOptions = {
  /** Active hosts; there is one spare beside them. */
  readonly count: number;
  readonly log: Log;
  readonly onEvent: (event: HostEvent) => void;
  /** A slot has another host, or none: what its last one did not answer must be asked again. */
  readonly onMoved: (slot: Slot) => void;
  /** There is a spare again. */
  readonly onSpare: (spare: Host) => void;
};

/** Milliseconds before a host that did not even start is started again; doubled each time, up to the second. */
const retry = { first: 100, last: 5000 };
/** Hosts that may end before they are ready, one after the other, until the sandbox gives up starting. */
const maxFailures = 5;

/**
 * Keeps as many host processes running as there should be. When an active one is lost the spare takes its place at
 * once, and another spare starts in the background.
 */
export class Hosts {
  readonly slots: readonly Slot[];
  readonly all = new Set<Host>();
  readonly #options: HostsOptions;
  #spare: Host | null = null;
  #placed = Promise.withResolvers<void>();
  #failures = 0;
  #lastReason = '';
  #isStopping = false;

  constructor(options: HostsOptions) {
    this.#options = options;
    this.slots = Array.from({ length: options.count }, () => ({ host: null, tenants: new Set<Tenant>() }));
  }

  get spare(): Host | null {
    return this.#spare;
  }

  /** Starts the hosts. @returns when all of them take frames @throws Fault sandbox.stopped when they cannot start */
  async start(): Promise<void> {
    for (let count = 0; count <= this.slots.length; count += 1) this.#spawn();
    while (this.#spare === null) {
      if (this.#failures >= maxFailures) throw new Fault('sandbox.stopped', { reason: this.#lastReason });
      await this.#placed.promise;
    }
  }

  /** @returns the spare, once there is one; null when the hosts stop */
  async waitForSpare(): Promise<Host | null> {
    while (this.#spare === null && !this.#isStopping) await this.#placed.promise;
    return this.#spare;
  }

  status(): HostsStatus {
    const active = this.slots.map(({ host }) => ({ host, role: 'active' as const }));
    return [...active, { host: this.#spare, role: 'spare' as const }].flatMap(({ host, role }) =>
      host ? [{ pid: host.pid, role, isolates: host.opened.size, messages: host.bodies.size }] : [],
    );
  }

  /** @returns when every process is gone */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all([...this.all].map((host) => host.stop()));
    this.#notify();
  }

  #spawn(): void {
    if (this.#isStopping) return;
    const host = new Host({ log: this.#options.log, onLost: (lost, reason) => this.#lose(lost, reason) });
    this.all.add(host);
    void host.ready.then((isReady) => isReady && this.#place(host));
  }

  #place(host: Host): void {
    this.#failures = 0;
    this.#options.onEvent({ kind: 'host-started', pid: host.pid, reason: '' });
    const empty = this.slots.find((slot) => slot.host === null);
    if (empty) {
      empty.host = host;
      this.#options.onMoved(empty);
    } else {
      this.#spare = host;
      this.#options.onSpare(host);
    }
    this.#notify();
  }

  #lose(host: Host, reason: string): void {
    this.all.delete(host);
    const isSpare = host === this.#spare;
    if (isSpare || this.#isStopping) this.#spare = null;
    if (this.#isStopping) return;
    this.#options.onEvent({ kind: 'host-lost', pid: host.pid, reason });
    const slot = this.slots.find((one) => one.host === host);
    if (slot) {
      slot.host = this.#spare;
      this.#spare = null;
      this.#options.onMoved(slot);
    }
    if (slot || isSpare) return this.#spawn();
    this.#failures += 1;
    this.#lastReason = reason;
    this.#notify();
    setTimeout(() => this.#spawn(), Math.min(retry.last, retry.first * 2 ** this.#failures)).unref();
  }

  #notify(): void {
    const { resolve } = this.#placed;
    this.#placed = Promise.withResolvers();
    resolve();
  }
}
