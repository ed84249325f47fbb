import { reply, type Reply } from '../../sdk/reply.ts';
import { second } from '../../sdk/durations.ts';
import type { Generation } from '../events/generation.ts';
import type { QueuedMessage, QueuedRecipient, Settlement } from '../queue/queue.ts';
import type { RelayResult } from '../relay/relay.ts';
import { hooksFor } from './hooks.ts';
import { countHops } from './hops.ts';
import { legsOf, type Leg } from './legs.ts';
import type { DeliveryParts } from './parts.ts';
import { waitForTurn } from './schedule.ts';
import { earliest, settleLeg, type HandedOn } from './settle-leg.ts';
import { domainOf } from './trace.ts';

const tooManyHops = reply(554, '4.6', 'The message was handed on too often: it goes round in circles');
/** Beyond any date: until an operator thaws the destination. */
const never = Number.MAX_SAFE_INTEGER;

/**
 * Hands a message to the hosts its remote recipients are reached by, side by side, and settles those of each host as soon
 * as it has answered: a process that dies in between sends again only what no reply had come for.
 *
 * @throws Fault when what came of it could not be written down
 */
export async function handOn(
  parts: DeliveryParts,
  message: QueuedMessage,
  recipients: readonly { readonly recipient: QueuedRecipient; readonly domain: string }[],
): Promise<HandedOn> {
  const generation = parts.generation();
  generation.retain();
  try {
    const octets = await parts.queue.content(message);
    if (countHops(octets) > parts.policyOf(message.virtualServer).maxHops) {
      return await settleLeg(parts, message, {
        results: recipients.map(({ recipient }) => failed(recipient, tooManyHops)),
        leg: null,
      });
    }
    const legs = await legsOf(parts, message, { recipients, generation });
    const done = await Promise.all(legs.map((leg) => travel(parts, message, { leg, octets, generation })));
    return {
      reports: done.reduce((sum, { reports }) => sum + reports, 0),
      tells: done.reduce((sum, { tells }) => sum + tells, 0),
      until: earliest(done.map(({ until }) => until)),
    };
  } finally {
    generation.release();
  }
}

type Travel = {
  readonly leg: Leg;
  readonly octets: Uint8Array;
  readonly generation: Generation;
};

async function travel(
  parts: DeliveryParts,
  message: QueuedMessage,
  { leg, octets, generation }: Travel,
): Promise<HandedOn> {
  const { target, destination, recipients, refused } = leg;
  if (refused) return await settleLeg(parts, message, { leg, results: recipients.map((one) => failed(one, refused)) });
  if (parts.isFrozen(destination))
    return await postpone(parts, message, { leg, until: never, why: 'the destination is frozen' });
  const { virtualServer, ret, envid } = message;
  const reversePath = outwardPath(parts, message);
  const name = parts.hostname(virtualServer);
  const mail = { virtualServer, name, reversePath, recipients, octets, ret, envid };
  const results = await parts.relay.send(target, mail, hooksFor(parts, message, generation));
  if (results === 'busy') {
    const wait = waitForTurn(parts.now() - message.acceptedAt, second, 30 * second);
    return await postpone(parts, message, {
      leg,
      until: parts.now() + wait,
      why: 'waits for others to the same destination',
    });
  }
  return await settleLeg(parts, message, { leg, results });
}

/** Our own domains may show as one to the outside. */
function outwardPath(parts: DeliveryParts, { virtualServer, reversePath }: QueuedMessage): string {
  const { masquerade } = parts.policyOf(virtualServer);
  const domain = domainOf(reversePath);
  if (masquerade === null || domain === '' || !parts.directory.isLocalDomain(domain)) return reversePath;
  return `${reversePath.slice(0, -domain.length)}${masquerade}`;
}

const failed = ({ id }: QueuedRecipient, why: Reply): RelayResult => ({
  id,
  kind: why.code < 500 ? 'deferred' : 'failed',
  reply: why,
  host: null,
  dsn: false,
});

type Postponed = { readonly leg: Leg; readonly until: number; readonly why: string };

/** Not tried, and so no attempt. */
async function postpone(
  parts: DeliveryParts,
  message: QueuedMessage,
  { leg, until, why }: Postponed,
): Promise<HandedOn> {
  const { destination, recipients } = leg;
  const results = recipients.map(({ id, lastReply }): Settlement => ({
    recipient: id,
    state: 'postponed',
    reply: lastReply ?? why,
    until,
    destination,
  }));
  await parts.queue.settle(message, results, [], []);
  return { reports: 0, tells: 0, until: until === never ? null : until };
}
