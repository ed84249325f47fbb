import { createHash } from 'node:crypto';
import type { HostSide } from '../capabilities/capabilities.ts';
import type { Binding } from '../events/binding.ts';
import type { CallSink } from '../events/dispatch.ts';
import { cpuOf } from '../limits.ts';
import type { Sandbox, SinkCall } from '../sandbox/sandbox.ts';
import type { LimitWatch } from './limit-watch.ts';

const ids = new WeakMap<Binding, string>();

/** Names the isolate of a binding: another revision, engine or other settings are another isolate. */
export function tenantOf(binding: Binding): string {
  const known = ids.get(binding);
  if (known !== undefined) return known;
  const settings = createHash('sha256')
    .update(JSON.stringify([binding.settings, binding.limits, binding.engine]))
    .digest('hex')
    .slice(0, 8);
  const id = `${binding.key}@${binding.revision.hash.slice(0, 12)}+${settings}`;
  ids.set(binding, id);
  return id;
}

/** Joins the dispatcher to the sandbox. Octets go along only where the binding may read them. */
export function createCallSink(
  sandbox: Pick<Sandbox, 'call'>,
  { callsOf }: Pick<HostSide, 'callsOf'>,
  watch?: Pick<LimitWatch, 'met' | 'refused'>,
): CallSink {
  return ({ binding, event, payload, deadline: allowed, cpu, message, client, traceId }) => {
    const deadline = Math.min(allowed, binding.limits.wall);
    const host = callsOf({ binding, event, traceId, message, client: client ?? null, deadline });
    return sandbox.call({
      tenant: tenantOf(binding),
      event,
      payload,
      deadline,
      cpu: cpuOf(binding.limits, cpu),
      octets: message && binding.grants.message ? { id: message.id, octets: message.octets } : null,
      host: binding.isShadow ? withoutEffect(host, (name) => watch?.refused(name, { binding, event, traceId })) : host,
      onLimit: (hit) => watch?.met(hit, { binding, event, traceId }),
    });
  };
}

/** What reaches others: a shadow must not do it a second time. What it keeps with `kv` is its own. */
const outside = ['http.', 'submit.'];

/** A shadow changes nothing outside. */
function withoutEffect(host: SinkCall['host'], onRefused: (name: string) => void): SinkCall['host'] {
  return async (name, args) => {
    if (!outside.some((start) => name.startsWith(start))) return await host(name, args);
    onRefused(name);
    throw new RangeError('a shadow changes nothing outside: it sends no mail and asks nobody over HTTP');
  };
}
