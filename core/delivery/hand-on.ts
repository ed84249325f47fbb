import { reply, type Reply } from '../../sdk/reply.ts';
import { second } from '../../sdk/durations.ts';
import type { Generation } from '../events/generation.ts';
import type { QueuedMessage, QueuedRecipient, Settlement } from '../queue/queue.ts';
import type { RetryOptions } from '../relay/options.ts';
import { destinationName, type RelayResult, type Target } from '../relay/relay.ts';
import { askRoute } from './ask-route.ts';
import { giveUp, reportOn, tellsOf } from './failures.ts';
import { hooksFor } from './hooks.ts';
import { countHops } from './hops.ts';
import type { DeliveryParts } from './parts.ts';
import type { Failure } from './report.ts';
import { retrialOf } from './retry.ts';
import { waitForTurn } from './schedule.ts';
import { domainOf, recordStep } from './trace.ts';

/** Recipients that go one way. */
type Leg = {
  readonly target: Target;
  readonly destination: string;
  readonly recipients: readonly QueuedRecipient[];
  readonly retry: RetryOptions;
};

export type HandedOn = { readonly reports: number; readonly tells: number; readonly until: number | null };

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
      return await settle(parts, message, {
        results: recipients.map(({ recipient }) => failed(recipient, tooManyHops)),
        leg: null,
      });
    }
    const byDomain = Map.groupBy(recipients, ({ domain }) => domain.toLowerCase());
    const legs = await Promise.all(
      [...byDomain].map(([domain, all]) =>
        legOf(parts, message, { domain, recipients: all.map(({ recipient }) => recipient), generation }),
      ),
    );
    const done = await Promise.all(joined(legs).map((leg) => travel(parts, message, { leg, octets, generation })));
    return {
      reports: done.reduce((sum, { reports }) => sum + reports, 0),
      tells: done.reduce((sum, { tells }) => sum + tells, 0),
      until: earliest(done.map(({ until }) => until)),
    };
  } finally {
    generation.release();
  }
}

const earliest = (all: readonly (number | null)[]): number | null => {
  const due = all.filter((one) => one !== null);
  return due.length > 0 ? Math.min(...due) : null;
};

type Asked = {
  readonly domain: string;
  readonly recipients: readonly QueuedRecipient[];
  readonly generation: Generation;
};

/** The way for one domain; with a reply where a sink is against it. */
async function legOf(
  parts: DeliveryParts,
  message: QueuedMessage,
  { domain, recipients, generation }: Asked,
): Promise<Leg & { readonly refused: Reply | null }> {
  const { route, retry } = parts.routeTo(domain);
  const asked = await askRoute(parts, message, { domain, route, recipients, generation });
  const target = { domain, route: asked.route };
  const own = retry ?? parts.policyOf(message.virtualServer).retry;
  return { target, destination: destinationName(target), recipients, retry: own, refused: asked.refused };
}

/** Domains behind one smart host share a transaction. */
function joined(legs: readonly (Leg & { readonly refused: Reply | null })[]) {
  const byKey = Map.groupBy(
    legs,
    ({ target, destination, refused }) => `${destination} ${JSON.stringify([target.route, refused])}`,
  );
  return [...byKey.values()].flatMap((same) => {
    const [first] = same;
    return first ? [{ ...first, recipients: same.flatMap(({ recipients }) => recipients) }] : [];
  });
}

type Travel = {
  readonly leg: Leg & { readonly refused: Reply | null };
  readonly octets: Uint8Array;
  readonly generation: Generation;
};

async function travel(
  parts: DeliveryParts,
  message: QueuedMessage,
  { leg, octets, generation }: Travel,
): Promise<HandedOn> {
  const { target, destination, recipients, refused } = leg;
  if (refused) return await settle(parts, message, { leg, results: recipients.map((one) => failed(one, refused)) });
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
  return await settle(parts, message, { leg, results });
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

type Ended = { readonly leg: Leg | null; readonly results: readonly RelayResult[] };

/** Writes down what became of the recipients of one leg, with the reports and tells that follow. */
async function settle(parts: DeliveryParts, message: QueuedMessage, { leg, results }: Ended): Promise<HandedOn> {
  const ends = results.map((result) => endOf(parts, message, { leg, result }));
  const { reports, tells } = await giveUp(
    parts,
    message,
    ends.flatMap((one) => one.failure ?? []),
  );
  const notices = await reportOn(
    parts,
    message,
    ends.flatMap((one) => one.notice ?? []),
  );
  const told = [...tells, ...ends.flatMap((one) => one.tells)];
  const settlements = ends.map(({ settlement }) => settlement);
  await parts.queue.settle(message, settlements, [...reports, ...notices], told);
  recordStep(parts, message, {
    event: 'relay',
    detail: {
      destination: leg?.destination,
      results: settlements.map(({ recipient, state, reply: said }) => [recipient, state, said]),
    },
  });
  return {
    reports: reports.length + notices.length,
    tells: told.length,
    until: earliest(settlements.map(({ until = null }) => until)),
  };
}

type End = {
  readonly settlement: Settlement;
  readonly failure?: Failure;
  /** What is reported beside failures: that it is late, or handed on. */
  readonly notice?: Failure;
  readonly tells: ReturnType<typeof tellsOf>;
};

function endOf(
  parts: DeliveryParts,
  message: QueuedMessage,
  { leg, result }: { readonly leg: Leg | null; readonly result: RelayResult },
): End {
  const { id, kind, reply: said, host, dsn } = result;
  const recipient = message.recipients.find((one) => one.id === id);
  const address = recipient?.address ?? '';
  const line = `${said.code} ${said.status} ${said.text}`;
  const settled = { recipient: id, reply: line, ...(leg && { destination: leg.destination }) };
  const about = { recipient: address, reply: said, host };
  if (kind === 'dropped') return { settlement: { ...settled, state: 'dropped' }, tells: [] };
  if (kind === 'failed') return { settlement: { ...settled, state: 'failed' }, failure: about, tells: [] };
  if (kind === 'delivered') {
    const told = { recipient: address, mailbox: `smtp:${host ?? ''}` };
    const notice = dsn ? {} : { notice: { ...about, action: 'relayed' as const } };
    return {
      settlement: { ...settled, state: 'delivered' },
      ...notice,
      tells: tellsOf(parts, message, 'onDelivered', told),
    };
  }
  const retry = leg?.retry ?? parts.policyOf(message.virtualServer).retry;
  const retrial = retrialOf(message, recipient ?? { attempts: 0, isLate: true }, {
    retry,
    now: parts.now(),
    why: said,
  });
  if (retrial.kind === 'expired') {
    return { settlement: { ...settled, state: 'failed' }, failure: { ...about, reply: retrial.reply }, tells: [] };
  }
  const { until, isLate } = retrial;
  const tells = tellsOf(parts, message, 'onDeferred', { recipient: address, reply: said, until });
  const settlement = { ...settled, state: 'deferred', until, isLate } as const;
  return { settlement, tells, ...(isLate && { notice: { ...about, action: 'delayed' as const } }) };
}
