import type { QueuedRecipient } from '../queue/queue.ts';
import type { DeliveryParts } from './parts.ts';
import { domainOf } from './trace.ts';

/** Where a recipient's copy goes. */
export type Route =
  | { readonly kind: 'local'; readonly mailbox: string }
  /** Our domain, and nobody there by that name (any more). */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'remote'; readonly domain: string };

export type Routed<R extends Route = Route> = { readonly recipient: QueuedRecipient; readonly route: R };

/** @throws Fault when the directory cannot be asked */
export async function findRoute({ directory }: DeliveryParts, recipient: QueuedRecipient): Promise<Routed> {
  const found = await directory.resolve(recipient.address);
  if (found.kind === 'user') return { recipient, route: { kind: 'local', mailbox: found.mailbox } };
  if (found.kind === 'folder') return { recipient, route: { kind: 'folder', folder: found.folder } };
  // An alias is expanded before; one that became an alias since its message was categorized is again later.
  if (found.kind === 'unknown' || found.kind === 'forward') return { recipient, route: { kind: 'unknown' } };
  return { recipient, route: { kind: 'remote', domain: domainOf(recipient.address) } };
}

/** Those that go one way. */
export function going<K extends Route['kind']>(routed: readonly Routed[], kind: K) {
  return routed.filter((one): one is Routed<Extract<Route, { kind: K }>> => one.route.kind === kind);
}
