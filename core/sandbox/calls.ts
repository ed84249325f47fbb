import { Fault } from '../errors.ts';
import { createBodies, readRange, type Body } from './bodies.ts';
import { PendingCall } from './call.ts';
import { limits } from './capabilities/limits.ts';
import { octetsCall } from './capabilities/names.ts';
import type { SinkCall } from './contract.ts';
import type { HostFunction } from './replay.ts';
import type { Tenant } from './tenant.ts';

/** The calls that wait for an answer, of all tenants. */
export type Calls = {
  readonly waiting: number;
  /** @returns the sink's answer, unchecked; rejects with Fault sandbox.busy when too many wait already */
  start(tenant: Tenant, call: SinkCall): Promise<unknown>;
};

/** @param onFree no call uses that message any more */
export function createCalls(onFree: (body: Body) => void): Calls {
  const bodies = createBodies(onFree);
  const settledOf = new WeakMap<Tenant, (call: PendingCall) => void>();
  let waiting = 0;
  let last = 0;
  const settled = (tenant: Tenant): ((call: PendingCall) => void) => {
    const known = settledOf.get(tenant);
    if (known) return known;
    const onSettled = (call: PendingCall): void => {
      waiting -= 1;
      tenant.remove(call);
      if (call.body) bodies.release(call.body);
    };
    settledOf.set(tenant, onSettled);
    return onSettled;
  };
  return {
    get waiting() {
      return waiting;
    },
    start(tenant, { event, payload, deadline, cpu, octets, host, onLimit }) {
      if (waiting >= limits.calls || tenant.calls.size >= limits.callsEach)
        return Promise.reject(new Fault('sandbox.busy', { sink: tenant.id }));
      const json = JSON.stringify(payload) ?? 'null';
      const id = (last = (last % 0x7fff_ffff) + 1);
      const body = octets && bodies.use(octets);
      const call = new PendingCall({
        id,
        event,
        item: `[0,${id},${JSON.stringify(event)},${json},${body?.number ?? 0}]`,
        cpu,
        until: performance.now() + deadline,
        deadline,
        body,
        host: body === null ? host : answersOf(tenant, body, host),
        onLimit,
        onSettled: settled(tenant),
      });
      waiting += 1;
      tenant.add(call);
      return call.answered;
    },
  };
}

/** Most sinks never read octets: the first time one does the core answers, and from then on it gets messages along. */
function answersOf(tenant: Tenant, body: Body, host: HostFunction): HostFunction {
  return async (name, args) => {
    if (name !== octetsCall) return await host(name, args);
    tenant.readsOctets = true;
    return readRange(body, args);
  };
}
