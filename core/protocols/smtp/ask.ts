import type { AskName, Payload, TellName } from '../../../sdk/catalogue.ts';
import type { Verdict } from '../../events/dispatch.ts';
import type { Generation } from '../../events/generation.ts';
import type { EditableMessage, Subject } from '../../events/subject.ts';
import { asFault } from '../../errors.ts';
import type { Server } from './services.ts';
import type { SmtpSession } from './session.ts';

/** Whether any binding wants the event: if not, nothing is built for it (invariant 8). */
export function isAsked(server: Server, event: AskName | TellName, generation: Generation): boolean {
  return generation.isAsked(server.id, event);
}

export type Question<E extends AskName> = {
  readonly event: E;
  readonly payload: Omit<Payload<E>, 'message'>;
  readonly message?: EditableMessage;
  readonly size?: number;
};

/**
 * Asks the bindings of the transaction's generation, or of the current one where there is no transaction. Tags are on
 * the session afterwards.
 */
export async function ask<E extends AskName>(
  server: Server,
  session: SmtpSession,
  { event, payload, message, size }: Question<E>,
): Promise<Verdict<E>> {
  const generation = session.transaction?.generation ?? server.services.generation();
  const subject = {
    ...subjectOf(server, session),
    ...(message === undefined ? {} : { message }),
    ...(size === undefined ? {} : { size }),
  };
  // The client may be gone before the answer is here, and its transaction with it.
  generation.retain();
  try {
    const verdict = await server.services.dispatcher.ask(generation, event, subject, payload);
    session.addTags(verdict.tags);
    return verdict;
  } finally {
    generation.release();
  }
}

/** Tells the bindings of the current generation; does not wait, and never throws: nobody's reply depends on it. */
export function tell<E extends 'onStartTls' | 'onReject' | 'onDisconnect'>(
  server: Server,
  session: SmtpSession,
  event: E,
  payload: Payload<E>,
): void {
  tellCurrent(server, session, event, payload).catch((cause: unknown) => {
    server.services.log.error({ fault: asFault(cause), event, virtualServer: server.id }, 'a tell failed');
  });
}

async function tellCurrent<E extends TellName>(
  server: Server,
  session: SmtpSession,
  event: E,
  payload: Payload<E>,
): Promise<void> {
  const generation = server.services.generation();
  if (!isAsked(server, event, generation)) return;
  generation.retain();
  try {
    await server.services.dispatcher.tell(generation, event, subjectOf(server, session), payload);
  } finally {
    generation.release();
  }
}

function subjectOf(server: Server, session: SmtpSession): Subject {
  const { directory } = server.services;
  return {
    traceId: session.transaction?.traceId ?? session.id,
    virtualServer: { id: server.id, protocol: 'smtp' },
    session: session.seen,
    source: 'smtp',
    isLocal: (address) => directory.isLocalDomain(address.slice(address.lastIndexOf('@') + 1).toLowerCase()),
  };
}
