import type { Host } from './supervisor.ts';
import type { Tenant } from './tenant.ts';

/** Milliseconds of CPU a tenant may use before the next one has its turn. */
const quantum = 5;
/** Milliseconds of CPU that may be under way in one host: what comes later waits here, where its turn can come. */
const depth = 8;

/**
 * Whose frame goes to a host next: deficit round robin on CPU time, so that one noisy tenant costs another at most a
 * turn. What a tenant's event costs is learned from its answers; a tenant that used more than was expected waits until
 * the others had as much.
 */
export class Turns {
  readonly #ready = new Map<Host, Set<Tenant>>();

  /** Something of this tenant waits to be sent to this host. */
  add(host: Host, tenant: Tenant): void {
    for (const [other, ready] of this.#ready) {
      if (other === host) ready.add(tenant);
      else if (ready.delete(tenant) && ready.size === 0) this.#ready.delete(other);
    }
    if (!this.#ready.has(host)) this.#ready.set(host, new Set([tenant]));
  }

  /** Whether anybody waits for a turn there. */
  isWaiting(host: Host): boolean {
    return this.#ready.has(host);
  }

  /** It has nothing to send any more, or goes elsewhere. */
  drop(tenant: Tenant): void {
    for (const ready of this.#ready.values()) ready.delete(tenant);
  }

  /** Sends what may be sent to a host now. */
  serve(host: Host): void {
    const ready = this.#ready.get(host);
    if (!ready) return;
    for (const tenant of inTurn(ready)) {
      if (host.load >= depth && host.waiting > 1) return;
      const { cost } = tenant;
      cost.credit = Math.min(quantum, cost.credit + quantum);
      if (cost.credit <= 0 && ready.size > 1) continue;
      if (!tenant.sendOne(host, quantum)) ready.delete(tenant);
    }
    if (ready.size === 0) this.#ready.delete(host);
  }
}

/** Each in turn, again and again, until none is left: who was served goes to the end. */
function* inTurn(ready: Set<Tenant>): Generator<Tenant> {
  for (let [next] = ready; next !== undefined; [next] = ready) {
    ready.delete(next);
    ready.add(next);
    yield next;
  }
}
