import { Fault } from '../errors.ts';
import type { Log } from '../telemetry/telemetry.ts';
import { createClock } from './clock.ts';
import { limits } from './capabilities/limits.ts';
import type { Sent } from './frames.ts';
import { Host } from './supervisor.ts';
import type { Tenant } from './tenant.ts';

/** A place for an active host, and the isolates that live there. Empty while no spare was ready to step in. */
export type Slot = { host: Host | null; readonly tenants: Set<Tenant> };

export type FleetStatus = readonly {
  readonly pid: number;
  readonly role: 'active' | 'spare';
  readonly isolates: number;
  /** Messages whose octets it holds. */
  readonly messages: number;
}[];
export type FleetEvent = { readonly kind: 'host-started' | 'host-lost'; readonly pid: number; readonly reason: string };
export type FleetOptions = { readonly hosts: number; readonly log: Log; readonly onEvent: (event: FleetEvent) => void };

/** Milliseconds between two looks at clocks and memory, while anything runs. */
const pause = 10;
/** Milliseconds before a host that did not even start is started again; doubled each time, up to the second. */
const retry = { first: 100, last: 5000 };
/** Hosts that may end before they are ready, one after the other, until the sandbox gives up starting. */
const maxFailures = 5;
/** Opening an isolate: module code, then settings. */
export const openingWall = 4 * limits.load + limits.grace;

/**
 * The sandbox hosts: active ones, and a spare that has every isolate ready. When an active one is lost the spare takes
 * its place at once, what was not answered runs again there, and another spare starts in the background.
 */
export class Fleet {
  readonly #slots: readonly Slot[];
  readonly #options: FleetOptions;
  readonly #hosts = new Set<Host>();
  readonly #dirty = new Set<Tenant>();
  readonly #tenants = new Set<Tenant>();
  #spare: Host | null = null;
  #placed = Promise.withResolvers<void>();
  #failures = 0;
  #lastReason = '';
  #isStopping = false;
  #isScheduled = false;
  readonly #clock = createClock(pause, () => this.#look());

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.hosts }, () => ({ host: null, tenants: new Set() }));
  }

  /** Starts the hosts. @returns when all of them take frames @throws Fault sandbox.stopped when they cannot start */
  async start(): Promise<void> {
    for (let count = 0; count <= this.#slots.length; count += 1) this.#spawn();
    while (this.#spare === null) {
      if (this.#failures >= maxFailures) throw new Fault('sandbox.stopped', { reason: this.#lastReason });
      await this.#placed.promise;
    }
  }

  status(): FleetStatus {
    const active = this.#slots.map(({ host }) => ({ host, role: 'active' as const }));
    return [...active, { host: this.#spare, role: 'spare' as const }].flatMap(({ host, role }) =>
      host ? [{ pid: host.pid, role, isolates: host.opened.size, messages: host.bodies.size }] : [],
    );
  }

  #pick(): Slot {
    const [first, ...others] = this.#slots;
    if (!first) throw new RangeError('a fleet has at least one slot');
    return others.reduce((least, slot) => (slot.tenants.size < least.tenants.size ? slot : least), first);
  }

  /**
   * Asks the spare, once there is one, for something that may end it.
   *
   * @param opens number of an isolate it has from then on; null when it keeps none
   * @returns false when the fleet stops: then `sent` is not settled
   */
  async try(kind: 'open' | 'describe', body: Buffer, opens: number | null, sent: Sent): Promise<boolean> {
    while (this.#spare === null && !this.#isStopping) await this.#placed.promise;
    if (this.#spare === null) return false;
    if (opens !== null) this.#spare.opened.add(opens);
    this.#spare.ask(kind, body, sent);
    this.#clock.start();
    return true;
  }

  /** From now on the tenant's calls run, in the slot with the fewest isolates. */
  admit(tenant: Tenant): void {
    const slot = this.#pick();
    slot.tenants.add(tenant);
    this.#tenants.add(tenant);
    if (slot.host) this.#open(slot.host, tenant);
    if (this.#spare) this.#open(this.#spare, tenant);
  }

  /** Ends an isolate everywhere. */
  dismiss(tenant: Tenant): void {
    this.#tenants.delete(tenant);
    this.#dirty.delete(tenant);
    for (const slot of this.#slots) slot.tenants.delete(tenant);
    for (const host of this.#hosts) if (host.opened.delete(tenant.number)) host.tell('close', tenant.number);
  }

  /** Every host forgets the octets of a message. */
  free(body: number): void {
    for (const host of this.#hosts) if (host.bodies.delete(body)) host.tell('free', body);
  }

  /** Sends what the tenant has at the end of this turn of the event loop. */
  schedule(tenant: Tenant): void {
    this.#dirty.add(tenant);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#flush());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    this.#clock[Symbol.dispose]();
    this.#notify();
    await Promise.all([...this.#hosts].map((host) => host.stop()));
  }

  #flush(): void {
    this.#isScheduled = false;
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    this.#clock.start();
    for (const slot of this.#slots) {
      const { host, tenants } = slot;
      if (!host) continue;
      for (const tenant of dirty) {
        if (!tenants.has(tenant)) continue;
        this.#open(host, tenant);
        if (host.opened.has(tenant.number)) tenant.flush(host);
      }
    }
  }

  #open(host: Host, tenant: Tenant): void {
    if (host.opened.has(tenant.number)) return;
    if (tenant.loadKills >= 2) return tenant.fail('sandbox.killed', { error: 'loading it ended two sandbox hosts' });
    host.opened.add(tenant.number);
    host.ask('open', tenant.opening, {
      wall: openingWall,
      settle: (outcome) => {
        if (outcome.kind === 'lost' && outcome.isCulprit) tenant.loadKills += 1;
      },
    });
    this.#clock.start();
  }

  #spawn(): void {
    if (this.#isStopping) return;
    const host = new Host({ log: this.#options.log, onLost: (lost, reason) => this.#lose(lost, reason) });
    this.#hosts.add(host);
    void host.ready.then((isReady) => isReady && this.#place(host));
  }

  #place(host: Host): void {
    this.#failures = 0;
    this.#options.onEvent({ kind: 'host-started', pid: host.pid, reason: '' });
    const empty = this.#slots.find((slot) => slot.host === null);
    if (empty) {
      empty.host = host;
      for (const tenant of empty.tenants) this.schedule(tenant);
    } else {
      this.#spare = host;
      for (const tenant of this.#tenants) if (tenant.loadKills < 2) this.#open(host, tenant);
    }
    this.#notify();
  }

  #lose(host: Host, reason: string): void {
    this.#hosts.delete(host);
    if (this.#isStopping) {
      this.#spare = null;
      return;
    }
    this.#options.onEvent({ kind: 'host-lost', pid: host.pid, reason });
    const slot = this.#slots.find((one) => one.host === host);
    if (slot) {
      slot.host = this.#spare;
      this.#spare = null;
      for (const tenant of slot.tenants) tenant.restart();
      this.#spawn();
    } else if (host === this.#spare) {
      this.#spare = null;
      this.#spawn();
    } else {
      this.#failures += 1;
      this.#lastReason = reason;
      this.#notify();
      setTimeout(() => this.#spawn(), Math.min(retry.last, retry.first * 2 ** this.#failures)).unref();
    }
  }

  #notify(): void {
    const { resolve } = this.#placed;
    this.#placed = Promise.withResolvers();
    resolve();
  }

  /** @returns whether anything runs */
  #look(): boolean {
    const now = performance.now();
    for (const tenant of this.#tenants) tenant.expire(now);
    for (const host of this.#hosts) host.check();
    return (
      [...this.#hosts].some(({ waiting }) => waiting > 0) || [...this.#tenants].some(({ calls }) => calls.size > 0)
    );
  }
}
