import type { Reply } from '../../sdk/reply.ts';
import type { Decision } from '../../sdk/decisions.ts';
import type { EventName } from '../../sdk/catalogue.ts';
import type { Generation } from '../events/generation.ts';
import type { QueuedMessage } from '../queue/queue.ts';
import type { RelayHooks, RelaySession } from '../relay/relay.ts';
import type { DeliveryParts } from './parts.ts';
import { isBoundTo, subjectOf } from './trace.ts';

/** Asks sinks while a message is handed on. Where nobody is bound there is no hook, and nothing is awaited. */
export function hooksFor(parts: DeliveryParts, message: QueuedMessage, generation: Generation): RelayHooks {
  const on = <T>(event: EventName, hook: T): T | null => (isBoundTo(generation, message, event) ? hook : null);
  const subject = subjectOf(parts, message);
  const { dispatcher } = parts;
  return {
    sessionStart: on('onSessionStart', async ({ host, remote }: RelaySession, name: string) => {
      const asked = { host, address: remote.address, name };
      const { decision, payload } = await dispatcher.ask(generation, 'onSessionStart', subject, asked);
      return stopOf(decision) ?? { kind: 'go' as const, name: payload.name };
    }),
    messageStart: on('onMessageStart', async ({ host }: RelaySession, reversePath: string) => {
      const { decision, payload } = await dispatcher.ask(generation, 'onMessageStart', subject, { host, reversePath });
      return stopOf(decision) ?? { kind: 'go' as const, reversePath: payload.reversePath };
    }),
    perRecipient: on('onPerRecipient', async ({ host }: RelaySession, recipient: string) => {
      const { decision, payload } = await dispatcher.ask(generation, 'onPerRecipient', subject, { host, recipient });
      if (decision.kind === 'drop') return { kind: 'drop' as const };
      return stopOf(decision) ?? { kind: 'go' as const, recipient: payload.recipient };
    }),
    beforeData: on('onBeforeData', async ({ host }: RelaySession, octets: Uint8Array, largest: number | null) => {
      const opened = await parts.openEditable(octets, `${message.traceId}/${message.id}/${host}`, largest);
      const recipients = message.recipients.filter(({ state }) => state === 'pending').map(({ address }) => address);
      const envelope = { reversePath: message.reversePath, recipients };
      const about = { ...subject, message: opened };
      const { decision } = await dispatcher.ask(generation, 'onBeforeData', about, { host, envelope });
      return stopOf(decision) ?? { kind: 'go' as const, octets: await opened.write() };
    }),
    serverResponse: on('onServerResponse', async ({ host }: RelaySession, verb: string, said: Reply) => {
      const { decision } = await dispatcher.ask(generation, 'onServerResponse', subject, { host, verb, reply: said });
      return stopOf(decision)?.reply ?? said;
    }),
    sessionEnd: on('onSessionEnd', ({ host }: RelaySession) =>
      // Later than all else: the generation the message had pinned may be gone.
      dispatcher.tell(parts.generation(), 'onSessionEnd', subject, { host }),
    ),
  };
}

function stopOf(decision: Decision): { readonly kind: 'stop'; readonly reply: Reply } | null {
  return decision.kind === 'reject' || decision.kind === 'defer' ? { kind: 'stop', reply: decision.reply } : null;
}
