import { reply } from '../../sdk/reply.ts';
import { giveUp, noConsequences } from './failures.ts';
import type { DeliveryParts } from './parts.ts';
import { recordStep } from './trace.ts';

/** What operators do to the mail for one next hop, by the name `sluice queue destinations` shows. */
export type OutboundControl = {
  freeze(name: string): Promise<void>;
  thaw(name: string): Promise<void>;
  /** Tries it now, whatever its schedule says. @returns how many recipients wait for it; 0 while it is frozen */
  retry(name: string): Promise<number>;
};

type Loop = { readonly frozen: Set<string>; readonly wake: () => void };

export function createControl({ queue, relay }: DeliveryParts, { frozen, wake }: Loop): OutboundControl {
  return {
    async freeze(name) {
      // First here: a message that is looked at meanwhile must not slip through.
      frozen.add(name);
      await queue.destinations.freeze(name);
    },
    async thaw(name) {
      await queue.destinations.thaw(name);
      frozen.delete(name);
      wake();
    },
    async retry(name) {
      relay.retry(name);
      const waiting = await queue.destinations.retry(name);
      wake();
      return waiting;
    },
  };
}

const byHand = reply(554, '0.0', 'The message was deleted by an administrator');

/** The operator's word is stronger than any claim. @returns false when there is no such message */
export async function giveUpByHand(parts: DeliveryParts, id: number): Promise<boolean> {
  const message = await parts.queue.seize(id);
  if (message === null) return false;
  const pending = message.recipients.filter(({ state }) => state === 'pending');
  // Nobody gets a report of a message without a reverse-path: to delete it is to delete it.
  const failures = pending.map(({ address: recipient }) => ({ recipient, reply: byHand }));
  const { reports, tells } = message.reversePath === '' ? noConsequences : await giveUp(parts, message, failures);
  const line = `${byHand.code} ${byHand.status} ${byHand.text}`;
  const results = pending.map((one) => ({ recipient: one.id, state: 'failed', reply: line }) as const);
  await parts.queue.settle(message, results, reports, tells);
  recordStep(parts, message, { event: 'deleted', detail: { report: reports.length > 0 } });
  return true;
}
