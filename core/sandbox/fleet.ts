import type { Log } from '../telemetry/telemetry.ts';
import { limits } from './capabilities/limits.ts';
import { createClock } from './clock.ts';
import type { Sent } from './frames.ts';
import { Hosts, type HostEvent, type HostsStatus, type Slot } from './hosts.ts';
import { Penalty } from './penalty.ts';
import type { Host } from './supervisor.ts';
import type { Tenant } from './tenant.ts';

export type FleetOptions = {
  readonly hosts: number;
  /** Milliseconds the penalty host stays when it has nothing to do. */
  readonly penaltyIdle: number;
  readonly log: Log;
  readonly onEvent: (event: HostEvent) => void;
};

/** Milliseconds between two looks at clocks and memory, while anything runs. */
const pause = 10;
/** Hosts that loading one bundle may end. */
const maxLoadKills = 2;
/** Opening an isolate: module code, then settings. */
export const openingWall = 4 * limits.load + limits.grace;

/** Which isolate lives in which host: each in one slot, and ready in the spare. */
export class Fleet {
  readonly #hosts: Hosts;
  readonly #penalty: Penalty;
  readonly #tenants = new Set<Tenant>();
  readonly #dirty = new Set<Tenant>();
  readonly #clock = createClock(pause, () => this.#look());
  #isScheduled = false;

  constructor({ hosts, penaltyIdle, log, onEvent }: FleetOptions) {
    this.#hosts = new Hosts({
      count: hosts,
      log,
      onEvent,
      onMoved: restart,
      onSpare: (spare) => this.#warm(spare),
    });
    this.#penalty = new Penalty({ all: this.#hosts.all, log, onEvent, onMoved: restart, idle: penaltyIdle });
  }

  /** @returns when all hosts take frames @throws Fault sandbox.stopped when they cannot start */
  async start(): Promise<void> {
    await this.#hosts.start();
  }

  status(): HostsStatus {
    const { host } = this.#penalty.slot;
    if (!host) return this.#hosts.status();
    const { pid, opened, bodies } = host;
    return [...this.#hosts.status(), { pid, role: 'penalty', isolates: opened.size, messages: bodies.size }];
  }

  /**
   * Asks the spare, once there is one, for something that may end it.
   *
   * @param opens number of an isolate it has from then on; null when it keeps none
   * @returns false when the fleet stops: then `sent` is not settled
   */
  async try(kind: 'open' | 'describe', body: Buffer, opens: number | null, sent: Sent): Promise<boolean> {
    const spare = await this.#hosts.waitForSpare();
    if (!spare) return false;
    if (opens !== null) spare.opened.add(opens);
    spare.ask(kind, body, sent);
    this.#clock.start();
    return true;
  }

  /** From now on the tenant's calls run: in the slot with the fewest isolates, or in the penalty host. */
  admit(tenant: Tenant): void {
    this.#tenants.add(tenant);
    if (tenant.isStruck) this.#punish(tenant);
    else this.#settle(tenant);
  }

  /** It ended a host: from now on it runs in the penalty host, where it can only end its own. */
  strike(tenant: Tenant): void {
    const isPunished = tenant.isStruck;
    tenant.isStruck = true;
    if (isPunished || !this.#tenants.has(tenant)) return;
    this.#punish(tenant);
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
    this.#leave(tenant);
  }

  /** Every host forgets the octets of a message. */
  free(body: number): void {
    for (const host of this.#hosts.all) if (host.bodies.delete(body)) host.tell('free', body);
  }

  /** Sends what the tenant has at the end of this turn of the event loop: what is asked in one turn travels together. */
  schedule(tenant: Tenant): void {
    this.#dirty.add(tenant);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#flush());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#clock[Symbol.dispose]();
    this.#penalty.stop();
    await this.#hosts.stop();
  }

  #leave(tenant: Tenant): void {
    for (const slot of [...this.#hosts.slots, this.#penalty.slot]) slot.tenants.delete(tenant);
    for (const host of this.#hosts.all) if (host.opened.delete(tenant.number)) host.tell('close', tenant.number);
  }

  #punish(tenant: Tenant): void {
    this.#leave(tenant);
    this.#penalty.slot.tenants.add(tenant);
  }

  #settle(tenant: Tenant): void {
    const slot = this.#pick();
    slot.tenants.add(tenant);
    if (slot.host) this.#open(slot.host, tenant);
    if (this.#hosts.spare) this.#open(this.#hosts.spare, tenant);
  }

  #pick(): Slot {
    const [first, ...others] = this.#hosts.slots;
    if (!first) throw new RangeError('a fleet has at least one slot');
    return others.reduce((least, slot) => (slot.tenants.size < least.tenants.size ? slot : least), first);
  }

  #flush(): void {
    this.#isScheduled = false;
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    this.#clock.start();
    for (const tenant of dirty) {
      const host = this.#hostOf(tenant);
      if (!host) continue;
      this.#open(host, tenant);
      if (host.opened.has(tenant.number)) tenant.flush(host);
      else tenant.fail('sandbox.killed', { error: `loading it ended ${maxLoadKills} sandbox hosts` });
    }
  }

  /** @returns null while there is none: it is asked again when there is */
  #hostOf(tenant: Tenant): Host | null {
    const { slot } = this.#penalty;
    if (slot.tenants.has(tenant) && !tenant.isStruck && !tenant.isOut) {
      this.#leave(tenant);
      this.#settle(tenant);
    }
    if (!slot.tenants.has(tenant)) return this.#hosts.slots.find(({ tenants }) => tenants.has(tenant))?.host ?? null;
    if (tenant.calls.size > 0) this.#penalty.wake();
    return slot.host;
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
    for (const tenant of this.#tenants) tenant.expire(now);
    for (const host of this.#hosts.all) host.check();
    const isAsked = [...this.#hosts.all].some(({ waiting }) => waiting > 0);
    return isAsked || [...this.#tenants].some(({ calls }) => calls.size > 0);
  }
}

function restart({ tenants }: Slot): void {
  for (const tenant of tenants) tenant.restart();
}
