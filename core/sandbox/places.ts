import type { Host } from './supervisor.ts';
import { Hosts, statusOf, type HostsOptions, type HostsStatus, type Slot } from './hosts.ts';
import { Penalty } from './penalty.ts';
import type { Tenant } from './tenant.ts';
import { isWorn, type Wear } from './wear.ts';

export type PlacesOptions = Pick<HostsOptions, 'count' | 'command' | 'log' | 'onEvent' | 'onSpare' | 'onHeavy'> & {
  /** Milliseconds the penalty host stays when it has nothing to do. */
  readonly penaltyIdle: number;
  readonly wear: Wear;
};

/** Milliseconds a host that leaves is given to end what is under way in it; what is left then runs again in the next. */
const drainTime = 2000;

/** Which tenant lives in which host: each in one slot or in the penalty host, and for a moment still in a host that leaves. */
export class Places {
  readonly hosts: Hosts;
  readonly #penalty: Penalty;
  readonly #wear: Wear;
  readonly #until = new WeakMap<Slot, number>();

  constructor({ penaltyIdle, wear, ...options }: PlacesOptions) {
    this.hosts = new Hosts({ ...options, onMoved: restart });
    this.#wear = wear;
    this.#penalty = new Penalty({
      open: (onLost) => this.hosts.hire(onLost),
      forget: (host) => this.hosts.all.delete(host),
      onEvent: options.onEvent,
      onMoved: restart,
      idle: penaltyIdle,
    });
  }

  status(): HostsStatus {
    const { host } = this.#penalty.slot;
    return host ? [...this.hosts.status(), statusOf(host, 'penalty')] : this.hosts.status();
  }

  /** @returns the slot it has from now on: the one with the fewest tenants */
  settle(tenant: Tenant): Slot {
    const [first, ...others] = this.hosts.slots;
    if (!first) throw new RangeError('a fleet has at least one slot');
    const slot = others.reduce((least, one) => (one.tenants.size < least.tenants.size ? one : least), first);
    slot.tenants.add(tenant);
    return slot;
  }

  /** From now on it runs in the penalty host. */
  punish(tenant: Tenant): void {
    this.leave(tenant);
    this.#penalty.slot.tenants.add(tenant);
  }

  isPunished(tenant: Tenant): boolean {
    return this.#penalty.slot.tenants.has(tenant);
  }

  /** Takes it out of everywhere; its isolates end. */
  leave(tenant: Tenant): void {
    const { slots, leaving, all } = this.hosts;
    for (const slot of [...slots, ...leaving, this.#penalty.slot]) slot.tenants.delete(tenant);
    for (const host of all) {
      if (!host.opened.delete(tenant.number)) continue;
      host.retired += 1;
      host.tell('close', tenant.number);
    }
  }

  /** @returns where the next frame of a tenant goes; null while there is no host: it is asked again when there is */
  hostOf(tenant: Tenant): Host | null {
    for (const left of this.hosts.leaving) {
      if (!left.tenants.has(tenant)) continue;
      if (tenant.isUnderWay) return left.host;
      left.tenants.delete(tenant);
    }
    if (!this.isPunished(tenant)) return this.hosts.slots.find(({ tenants }) => tenants.has(tenant))?.host ?? null;
    if (tenant.calls.size > 0) this.#penalty.wake();
    return this.#penalty.slot.host;
  }

  /** Swaps hosts that have served long enough for a spare that is warm, and ends those nothing runs in any more. */
  recycle(now: number): void {
    for (const left of this.hosts.leaving) {
      for (const tenant of left.tenants) if (!tenant.isUnderWay) left.tenants.delete(tenant);
      if (left.tenants.size === 0 || now > (this.#until.get(left) ?? 0)) void left.host?.stop();
    }
    const worn = this.hosts.slots.find((slot) => slot.host !== null && this.#isDue(slot, slot.host, now));
    if (worn?.host) this.#swap(worn, now);
  }

  async stop(): Promise<void> {
    this.#penalty.stop();
    await this.hosts.stop();
  }

  #isDue({ tenants }: Slot, host: Host, now: number): boolean {
    const { spare, leaving } = this.hosts;
    if (!spare || leaving.size > 0 || spare.waiting > 0) return false;
    return [...tenants].every(({ number }) => spare.opened.has(number)) && isWorn(host, this.#wear, now) !== null;
  }

  #swap(slot: Slot, now: number): void {
    const reason = slot.host && isWorn(slot.host, this.#wear, now);
    const left = this.hosts.replace(slot, reason ?? '');
    if (!left) return;
    this.#until.set(left, now + drainTime);
    for (const tenant of slot.tenants) if (tenant.isUnderWay) left.tenants.add(tenant);
  }
}

/** Asks again what was lost; first those that have proved harmless, because one of the others may end this host too. */
function restart({ tenants }: Slot): void {
  for (const tenant of [...tenants].toSorted((a, b) => b.answered - a.answered)) tenant.restart();
}
