import { Fault } from '../errors.ts';
import type { Log } from '../telemetry/telemetry.ts';
import { Host, type HostOptions } from './supervisor.ts';
import type { Tenant } from './tenant.ts';

/** A place for an active host, and the isolates that live there. Empty while no spare was ready to step in. */
export type Slot = { host: Host | null; readonly tenants: Set<Tenant> };
export type HostRole = 'active' | 'spare' | 'reserve' | 'penalty' | 'leaving';
export type HostsStatus = readonly {
  readonly pid: number;
  readonly role: HostRole;
  readonly isolates: number;
  /** Messages whose octets it holds. */
  readonly messages: number;
}[];
export type HostEvent = {
  readonly kind: 'host-started' | 'host-lost' | 'host-recycled';
  readonly pid: number;
  readonly reason: string;
  /** The tenant that is to blame, where one is. */
  readonly sink?: string;
};
export type HostsOptions = {
  /** Active hosts; beside them there are one spare with all isolates, and one in reserve with none. */
  readonly count: number;
  readonly command: readonly string[];
  readonly log: Log;
  readonly onEvent: (event: HostEvent) => void;
  /** A slot has another host, or none: what its last one did not answer must be asked again. */
  readonly onMoved: (slot: Slot) => void;
  /** There is a spare again. */
  readonly onSpare: (spare: Host) => void;
  /** A host is gone that held too much, for the most part for this tenant's sake. */
  readonly onHeavy: (tenant: string) => void;
};

/** Milliseconds before a host that did not even start is started again; doubled each time, up to the second. */
const retry = { first: 100, last: 5000 };
/** Milliseconds after a change until the new spare opens its isolates, and until the next host starts. */
const rest = { warm: 20, start: 60 };
/** Hosts that may end before they are ready, one after the other, until the sandbox gives up starting. */
const maxFailures = 5;

/**
 * Keeps as many host processes running as there should be. When an active one is lost the spare takes its place at
 * once, the reserve becomes the spare, and another reserve starts in the background: two hosts can be lost in a row, and
 * a penalty host can be had, without waiting for a process to start.
 */
export class Hosts {
  readonly slots: readonly Slot[];
  /** Hosts on their way out, with the tenants that still have something under way in them. */
  readonly leaving = new Set<Slot>();
  readonly all = new Set<Host>();
  readonly #options: HostsOptions;
  #spare: Host | null = null;
  #reserve: Host | null = null;
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

  /** Starts the hosts. @returns when all but the reserve take frames @throws Fault sandbox.stopped when they cannot start */
  async start(): Promise<void> {
    for (let count = 0; count <= this.slots.length; count += 1) this.#spawn();
    while (this.#spare === null) {
      if (this.#failures >= maxFailures) throw new Fault('sandbox.stopped', { reason: this.#lastReason });
      await this.#placed.promise;
    }
    this.#spawn();
  }

  /** @returns the spare, once there is one; null when the hosts stop */
  async waitForSpare(): Promise<Host | null> {
    while (this.#spare === null && !this.#isStopping) await this.#placed.promise;
    return this.#spare;
  }

  /** A host no tenant has been in: the reserve, in whose place another starts, or one that starts now. */
  hire(onLost: HostOptions['onLost']): Host {
    const host = this.#reserve ?? this.#make(onLost);
    host.onLost = onLost;
    if (host === this.#reserve) {
      this.#reserve = null;
      this.#spawn();
    }
    return host;
  }

  /** Puts the spare in the place of a host that has served long enough. @returns that host with no tenants yet; null: no spare */
  replace(slot: Slot, reason: string): Slot | null {
    const { host } = slot;
    if (!host || !this.#spare) return null;
    const left: Slot = { host, tenants: new Set() };
    this.leaving.add(left);
    this.#options.onEvent({ kind: 'host-recycled', pid: host.pid, reason });
    slot.host = this.#spare;
    this.#promote();
    this.#spawn();
    return left;
  }

  status(): HostsStatus {
    const active = this.slots.map(({ host }) => [host, 'active'] as const);
    const leaving = [...this.leaving].map(({ host }) => [host, 'leaving'] as const);
    const waiting = [[this.#spare, 'spare'] as const, [this.#reserve, 'reserve'] as const];
    return [...active, ...waiting, ...leaving].flatMap(([host, role]) => (host ? [statusOf(host, role)] : []));
  }

  /** @returns when every process is gone */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all([...this.all].map((host) => host.stop()));
    this.#notify();
  }

  #spawn(): void {
    if (this.#isStopping) return;
    const host = this.#make((lost, reason, sink) => this.#lose(lost, reason, sink));
    void host.ready.then((isReady) => isReady && this.#place(host));
  }

  /** Whoever waits is served first: to start a process takes the core some milliseconds, and the machine many. */
  #restock(): void {
    if (this.#spare) setTimeout(() => this.#spawn(), rest.start).unref();
    else this.#spawn();
  }

  #make(onLost: HostOptions['onLost']): Host {
    const { command, log } = this.#options;
    const host = new Host({ command, log, onLost });
    this.all.add(host);
    return host;
  }

  #place(host: Host): void {
    this.#failures = 0;
    this.#options.onEvent({ kind: 'host-started', pid: host.pid, reason: '' });
    const empty = this.slots.find((slot) => slot.host === null);
    if (empty) {
      empty.host = host;
      this.#options.onMoved(empty);
    } else if (this.#spare === null) this.#setSpare(host);
    else this.#reserve = host;
    this.#notify();
  }

  #setSpare(host: Host): void {
    this.#spare = host;
    this.#options.onSpare(host);
  }

  /**
   * The spare has gone elsewhere. The next one opens what it is asked for at once, and everything else a little later:
   * what was lost runs again first, and may have the CPU for itself.
   */
  #promote(): void {
    const host = this.#reserve;
    this.#spare = this.#isStopping ? null : host;
    this.#reserve = null;
    if (!host) return;
    setTimeout(() => host === this.#spare && this.#options.onSpare(host), rest.warm).unref();
  }

  #lose(host: Host, reason: string, sink: string | null): void {
    this.all.delete(host);
    if (this.#isStopping) return this.#promote();
    if (this.#leave(host, reason)) return;
    if (sink !== null) this.#options.onHeavy(sink);
    const hadPlace = this.#substitute(host);
    this.#options.onEvent({ kind: 'host-lost', pid: host.pid, reason, ...(sink !== null && { sink }) });
    if (hadPlace) return this.#restock();
    this.#failures += 1;
    this.#lastReason = reason;
    this.#notify();
    setTimeout(() => this.#spawn(), Math.min(retry.last, retry.first * 2 ** this.#failures)).unref();
  }

  /** @returns whether it was on its way out */
  #leave(host: Host, reason: string): boolean {
    const left = [...this.leaving].find((one) => one.host === host);
    if (!left) return false;
    left.host = null;
    this.leaving.delete(left);
    if (reason !== 'stopped') this.#options.onEvent({ kind: 'host-lost', pid: host.pid, reason });
    this.#options.onMoved(left);
    return true;
  }

  /** Others move up to the place of a host. @returns false when it had none yet */
  #substitute(host: Host): boolean {
    const slot = this.slots.find((one) => one.host === host);
    if (host === this.#reserve) this.#reserve = null;
    else if (host === this.#spare) this.#promote();
    else if (slot) {
      slot.host = this.#spare;
      this.#promote();
      this.#options.onMoved(slot);
    } else return false;
    return true;
  }

  #notify(): void {
    const { resolve } = this.#placed;
    this.#placed = Promise.withResolvers();
    resolve();
  }
}

/** What `sluice status` says of one host. */
export function statusOf({ pid, opened, bodies }: Host, role: HostRole): HostsStatus[number] {
  return { pid, role, isolates: opened.size, messages: bodies.size };
}
