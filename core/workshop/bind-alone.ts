import type { Manifest } from '../../sdk/manifest.ts';
import { createBinding, type Binding } from '../events/binding.ts';
import { bindingOptions } from '../events/options.ts';
import type { Bundle } from '../sandbox/sandbox.ts';
import { standInGrants } from './stand-in-grants.ts';

/**
 * Binds a sink on a virtual server of its own.
 *
 * @param said the binding as `sluice.yaml` would have it; what the sink needs is granted when it says nothing of grants
 * @returns or what is wrong with it, one line each
 */
export function bindAlone(
  manifest: Manifest,
  { hash }: Pick<Bundle, 'hash'>,
  said: Readonly<Record<string, unknown>>,
): { readonly binding: Binding } | { readonly problems: readonly string[] } {
  const grants = standInGrants(manifest.needs);
  const on = manifest.events.includes('onCommand') ? { onCommand: { rule: 'verb=*' } } : {};
  const options = bindingOptions.safeParse({ grants, on, ...said, sink: manifest.name });
  if (!options.success)
    return { problems: options.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`) };
  const isPop3 = manifest.events.some((event) => event === 'onRetrieve' || event === 'onAuth');
  const virtualServer = { id: 'trial', protocol: isPop3 ? 'pop3' : 'smtp' } as const;
  const reading = createBinding({ ...options.data, virtualServer }, { hash, manifest });
  if (reading.kind === 'binding') return { binding: reading.binding };
  return { problems: reading.problems.map(({ path, text }) => `${path.map(String).join('.')}: ${text}`) };
}
