import type { Reply } from '../../sdk/reply.ts';
import type { Generation } from '../events/generation.ts';
import type { QueuedMessage, QueuedRecipient } from '../queue/queue.ts';
import type { RetryOptions } from '../relay/options.ts';
import { destinationName, type Target } from '../relay/relay.ts';
import { askRoute } from './ask-route.ts';
import type { DeliveryParts } from './parts.ts';

/** Recipients that go one way. */
export type Leg = {
  readonly target: Target;
  readonly destination: string;
  readonly recipients: readonly QueuedRecipient[];
  readonly retry: RetryOptions;
  /** Not null where a sink is against it. */
  readonly refused: Reply | null;
};

type Asked = {
  readonly recipients: readonly { readonly recipient: QueuedRecipient; readonly domain: string }[];
  readonly generation: Generation;
};

/** The ways these recipients take. Domains behind one smart host share one, and with it a transaction. */
export async function legsOf(
  parts: DeliveryParts,
  message: QueuedMessage,
  { recipients, generation }: Asked,
): Promise<readonly Leg[]> {
  const byDomain = Map.groupBy(recipients, ({ domain }) => domain.toLowerCase());
  const legs = await Promise.all(
    [...byDomain].map(([domain, all]) =>
      legOf(parts, message, { domain, recipients: all.map(({ recipient }) => recipient), generation }),
    ),
  );
  return joined(legs);
}

async function legOf(
  parts: DeliveryParts,
  message: QueuedMessage,
  {
    domain,
    recipients,
    generation,
  }: { readonly domain: string; readonly recipients: readonly QueuedRecipient[]; readonly generation: Generation },
): Promise<Leg> {
  const { route, retry } = parts.routeTo(domain);
  const asked = await askRoute(parts, message, { domain, route, recipients, generation });
  const target = { domain, route: asked.route };
  const own = retry ?? parts.policyOf(message.virtualServer).retry;
  return { target, destination: destinationName(target), recipients, retry: own, refused: asked.refused };
}

function joined(legs: readonly Leg[]): readonly Leg[] {
  const byKey = Map.groupBy(
    legs,
    ({ target, destination, refused }) => `${destination} ${JSON.stringify([target.route, refused])}`,
  );
  return [...byKey.values()].flatMap((same) => {
    const [first] = same;
    return first ? [{ ...first, recipients: same.flatMap(({ recipients }) => recipients) }] : [];
  });
}
