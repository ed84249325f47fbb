import type { Log } from '../telemetry/telemetry.ts';
import { limits } from './capabilities/limits.ts';
import { createClock } from './clock.ts';
import type { Sent } from './frames.ts';
import type { HostEvent, HostsStatus } from './hosts.ts';
import { Places } from './places.ts';
import type { Host } from './supervisor.ts';
import type { Tenant } from './tenant.ts';
import { Turns } from './turns.ts';
import type { Wear } from './wear.ts';

export type FleetOptions = {
  readonly hosts: number;
  /** How a host process is started: see `HostProgram`. */
  readonly command: readonly string[];
  /** Milliseconds the penalty host stays when it has nothing to do. */
  readonly penaltyIdle: number;
  readonly wear: Wear;
  readonly log: Log;
  readonly onEvent: (event: HostEvent) => void;
};

/** Milliseconds between two looks at clocks and memory of hosts, while anything runs; one of so many is for deadlines. */
const pause = 4;
const deadlineEvery = 3;
/** Hosts that loading one bundle may end. */
const maxLoadKills = 2;
/** Opening an isolate: module code, then settings. */
export const openingWall = 4 * limits.load + limits.grace;

/** The hosts, the isolates in them, and whose turn it is. */
export class Fleet {
  readonly #places: Places;
  readonly #turns = new Turns();
  readonly #tenants = new Set<Tenant>();
  readonly #dirty = new Set<Tenant>();
  readonly #freed = new Set<Host>();
  readonly #clock = createClock(pause, () => this.#look());
  #isScheduled = false;
  #looks = 0;

  constructor({ hosts: count, ...options }: FleetOptions) {
    this.#places = new Places({
      ...options,
      count,
      onSpare: (spare) => this.#warm(spare),
      onHeavy: (id) => [...this.#tenants].filter((tenant) => tenant.id === id).forEach((tenant) => this.strike(tenant)),
    });
  }

  /** @returns when all hosts take frames @throws Fault sandbox.stopped when they cannot start */
  async start(): Promise<void> {
    await this.#places.hosts.start();
  }

  status(): HostsStatus {
    return this.#places.status();
  }

  /**
   * Asks the spare, once there is one, for something that may end it.
   *
   * @param opens number of an isolate it has from then on; null when it keeps none
   * @returns false when the fleet stops: then `sent` is not settled
   */
  async try(kind: 'open' | 'describe', body: Buffer, opens: number | null, sent: Sent): Promise<boolean> {
    const spare = await this.#places.hosts.waitForSpare();
    if (!spare) return false;
    if (opens !== null) spare.opened.add(opens);
    spare.ask(kind, body, sent);
    this.#clock.start();
    return true;
  }

  /** From now on the tenant's calls run: in the slot with the fewest isolates, or in the penalty host. */
  admit(tenant: Tenant): void {
    this.#tenants.add(tenant);
    if (tenant.isStruck) this.#places.punish(tenant);
    else this.#settle(tenant);
  }

  /** It ended a host: from now on it runs in the penalty host, where it can only end its own. */
  strike(tenant: Tenant): void {
    const isPunished = tenant.isStruck;
    tenant.isStruck = true;
    if (isPunished || !this.#tenants.has(tenant)) return;
    this.#turns.drop(tenant);
    this.#places.punish(tenant);
    tenant.restart();
  }

  /** Lets it run among the others again, as soon as nothing of it is under way. */
  pardon(tenant: Tenant): void {
    tenant.isStruck = false;
    tenant.loadKills = 0;
    this.schedule(tenant);
  }

  /** Ends an isolate everywhere. */
  dismiss(tenant: Tenant): void {
    this.#tenants.delete(tenant);
    this.#dirty.delete(tenant);
    this.#turns.drop(tenant);
    this.#places.leave(tenant);
    this.#clock.start();
  }

  /** Every host forgets the octets of a message. */
  free(body: number): void {
    for (const host of this.#places.hosts.all) if (host.bodies.delete(body)) host.tell('free', body);
  }

  /** Sends what the tenant has at the end of this turn of the event loop: what is asked in one turn travels together. */
  schedule(tenant: Tenant): void {
    this.#dirty.add(tenant);
    this.#scheduleFlush();
  }

  /** A host has answered a frame, and may take another. */
  scheduleHost(host: Host): void {
    if (!this.#turns.isWaiting(host)) return;
    this.#freed.add(host);
    this.#scheduleFlush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#clock[Symbol.dispose]();
    await this.#places.stop();
  }

  #scheduleFlush(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#flush());
  }

  #settle(tenant: Tenant): void {
    const { host } = this.#places.settle(tenant);
    const { spare } = this.#places.hosts;
    if (host) this.#open(host, tenant);
    if (spare) this.#open(spare, tenant);
  }

  #flush(): void {
    this.#isScheduled = false;
    const hosts = new Set(this.#freed);
    this.#freed.clear();
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    this.#clock.start();
    for (const tenant of dirty) {
      const host = this.#ready(tenant);
      if (!host) continue;
      this.#turns.add(host, tenant);
      hosts.add(host);
    }
    for (const host of hosts) this.#turns.serve(host);
  }

  /** @returns the host its frames go to, where it is open from now on; null when nothing of it can be sent now */
  #ready(tenant: Tenant): Host | null {
    if (this.#places.isPunished(tenant) && !tenant.isStruck && !tenant.isOut) {
      this.#places.leave(tenant);
      this.#settle(tenant);
    }
    const host = this.#places.hostOf(tenant);
    if (!host) return null;
    this.#open(host, tenant);
    if (host.opened.has(tenant.number)) return host;
    tenant.fail('sandbox.killed', { error: `loading it ended ${maxLoadKills} sandbox hosts` });
    return null;
  }

  /**
   * Opens one isolate after the other, so that a host that has to serve before it has all of them opens first what is
   * asked for: a call waits for its own isolate and at most one other.
   */
  #warm(host: Host): void {
    for (const tenant of this.#tenants) {
      if (!tenant.isStruck && this.#open(host, tenant, () => this.#warm(host))) return;
    }
  }

  /** Opens an isolate in a host that does not have it, unless loading it is known to end hosts. @returns whether it asked */
  #open(host: Host, tenant: Tenant, onOpened = (): void => undefined): boolean {
    if (host.opened.has(tenant.number) || tenant.loadKills >= maxLoadKills) return false;
    host.opened.add(tenant.number);
    host.ask('open', tenant.opening, {
      wall: openingWall,
      who: tenant.id,
      settle: (outcome) => {
        if (outcome.kind === 'done') onOpened();
        else if (outcome.isCulprit) {
          tenant.loadKills += 1;
          this.strike(tenant);
        }
      },
    });
    this.#clock.start();
    return true;
  }

  /** @returns whether anything runs */
  #look(): boolean {
    const now = performance.now();
    const { all, leaving } = this.#places.hosts;
    this.#looks += 1;
    if (this.#looks % deadlineEvery === 0) for (const tenant of this.#tenants) tenant.expire(now);
    for (const host of all) host.check();
    this.#places.recycle(now);
    const isAsked = leaving.size > 0 || [...all].some(({ waiting }) => waiting > 0);
    return isAsked || [...this.#tenants].some(({ calls }) => calls.size > 0);
  }
}
