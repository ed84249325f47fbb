import { specOf, type EventName } from '../../../sdk/catalogue.ts';
import type { Decision } from '../../../sdk/decisions.ts';
import { reply } from '../../../sdk/reply.ts';
import type { Fault } from '../../errors.ts';
import type { BoundEvent } from '../generation.ts';

const tryAgain = reply(451, '3.0', 'Unable to decide now, try again later');
const refused = reply(554, '3.0', 'Unable to decide about this');

/** What a fault means for this binding. A client is told nothing of it but to come back or not. */
export function standIn({ binding, onFault }: BoundEvent, { code }: Fault, event: EventName): Decision {
  // Nobody failed: there is too much to do, whatever `onFault` says of failures.
  if (code === 'sandbox.busy' && specOf(event).decisions.includes('defer')) return { kind: 'defer', reply: tryAgain };
  if (onFault === 'defer') return { kind: 'defer', reply: tryAgain };
  if (onFault === 'quarantine') return { kind: 'quarantine', reason: `${binding.key} failed: ${code}`, edits: [] };
  if (onFault === 'reject') return { kind: 'reject', reply: refused };
  return { kind: 'next', edits: [] };
}
