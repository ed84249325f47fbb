import { createHash } from 'node:crypto';
import type { HostSide } from '../capabilities/capabilities.ts';
import type { Binding } from '../events/binding.ts';
import type { CallSink } from '../events/dispatch.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

const ids = new WeakMap<Binding, string>();

/** Names the isolate of a binding: another revision or other settings are another isolate. */
export function tenantOf(binding: Binding): string {
  const known = ids.get(binding);
  if (known !== undefined) return known;
  const settings = createHash('sha256').update(JSON.stringify(binding.settings)).digest('hex').slice(0, 8);
  const id = `${binding.key}@${binding.revision.hash.slice(0, 12)}+${settings}`;
  ids.set(binding, id);
  return id;
}

/** Joins the dispatcher to the sandbox. Octets go along only where the binding may read them. */
export function createCallSink(
  sandbox: Pick<Sandbox, 'call'>,
  { callsOf }: Pick<HostSide, 'callsOf'>,
): CallSink {
  return ({ binding, event, payload, deadline, cpu, message, traceId }) =>
    sandbox.call({
      tenant: tenantOf(binding),
      event,
      payload,
      deadline,
      cpu,
      octets: message && binding.grants.message ? { id: message.id, octets: message.octets } : null,
      host: callsOf({ binding, event, traceId, message, deadline }),
    });
}
