import type { EventName, Protocol } from '../../sdk/catalogue.ts';
import type { Session } from '../../sdk/context.ts';
import type { Manifest } from '../../sdk/manifest.ts';
import type { MessageData } from '../../sdk/message.ts';
import { createBinding, type Binding, type BindingReading } from '../../core/events/binding.ts';
import { bindingOptions } from '../../core/events/options.ts';
import type { Subject } from '../../core/events/subject.ts';

/** A manifest of a sink that handles everything an SMTP virtual server asks, unless said otherwise. */
function manifestOf(said: Partial<Manifest> = {}): Manifest {
  const events: readonly EventName[] = ['onConnect', 'onMail', 'onRcpt', 'onData', 'onEndOfData', 'onArrival'];
  const base = { version: '1.0.0', description: '', role: 'decides', needs: [], timers: {}, sdk: '0.1.0' } as const;
  return { ...base, name: 'probe', events, ...said };
}

/** Reads a binding as `sluice.yaml` would state it. */
export function readBinding(
  said: Record<string, unknown> = {},
  manifest: Partial<Manifest> = {},
  protocol: Protocol = 'smtp',
): BindingReading {
  const options = bindingOptions.parse({ sink: manifest.name ?? 'probe', ...said });
  return createBinding(
    { ...options, virtualServer: { id: 'mx', protocol } },
    { hash: 'abc', manifest: manifestOf(manifest) },
  );
}

/** @throws when the binding has problems: tests about those use `readBinding` */
export function bindingOf(said: Record<string, unknown> = {}, manifest: Partial<Manifest> = {}): Binding {
  const reading = readBinding(said, manifest);
  if (reading.kind === 'binding') return reading.binding;
  throw new Error(reading.problems.map(({ text }) => text).join('\n'));
}

export const sessionOf = (said: Partial<Session> = {}): Session => ({
  id: 's1',
  protocol: 'smtp',
  remote: { address: '192.0.2.7', port: 40_000 },
  local: { address: '192.0.2.1', port: 25 },
  tls: null,
  identity: null,
  ehlo: 'client.example',
  tags: {},
  ...said,
});

/** Local: everything at `example.test`. */
export const subjectOf = (said: Partial<Subject> = {}): Subject => ({
  traceId: 't1',
  virtualServer: { id: 'mx', protocol: 'smtp' },
  session: sessionOf(),
  source: 'smtp',
  isLocal: (address) => address.toLowerCase().endsWith('@example.test'),
  ...said,
});

export function messageDataOf(fields: readonly (readonly [string, string])[] = [], size = 1_000): MessageData {
  const tree = { path: '', type: 'text/plain', charset: null, disposition: null, filename: null, size: 100, parts: [] };
  return { size, fields, tree, protection: 'none' };
}
