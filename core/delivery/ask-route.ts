import type { Reply } from '../../sdk/reply.ts';
import type { Generation } from '../events/generation.ts';
import type { QueuedMessage, QueuedRecipient } from '../queue/queue.ts';
import type { NextRoute } from '../relay/relay.ts';
import type { DeliveryParts } from './parts.ts';
import { isBoundTo, subjectOf } from './trace.ts';

type Chosen = {
  readonly domain: string;
  readonly route: NextRoute;
  readonly recipients: readonly QueuedRecipient[];
  readonly generation: Generation;
};

/** Asks onRoute about one destination. @returns the way as it is to be taken, or why it is not */
export async function askRoute(
  parts: DeliveryParts,
  message: QueuedMessage,
  { domain, route, recipients, generation }: Chosen,
): Promise<{ readonly route: NextRoute; readonly refused: Reply | null }> {
  if (!isBoundTo(generation, message, 'onRoute')) return { route, refused: null };
  const hosts = (route.hosts ?? []).map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`);
  const envelope = { reversePath: message.reversePath, recipients: recipients.map(({ address }) => address) };
  const payload = { domain, hosts, envelope };
  const verdict = await parts.dispatcher.ask(generation, 'onRoute', subjectOf(parts, message), payload);
  const { decision, edits } = verdict;
  if (decision.kind === 'reject' || decision.kind === 'defer') return { route, refused: decision.reply };
  const isChanged = edits.some(({ kind }) => kind === 'set-next-hops');
  // Whoever names other hosts names hosts the password of the configured ones is not for.
  return {
    route: isChanged ? { ...route, hosts: verdict.payload.hosts.map(hostOf), auth: null } : route,
    refused: null,
  };
}

/** The shape was checked when the answer was read. */
function hostOf(text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain = '', port = '25'] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? [];
  return { host: bracketed ?? plain, port: Number(port) };
}
