import type { Payload } from '../../../sdk/catalogue.ts';
import type { Session } from '../../../sdk/context.ts';
import type { Subject, Verdict } from '../../events/dispatch.ts';
import type { Client } from './client.ts';
import type { SessionParts } from './services.ts';

type Asked = 'onConnect' | 'onAuth' | 'onCommand' | 'onRetrieve';
type Told = 'onReject' | 'onDisconnect' | 'onStartTls';

/** The events of one connection, and what became known of it on the way. */
export type SessionEvents = {
  readonly traceId: string;
  /** Who logged in; events from now on carry it. */
  identify(user: string): void;
  /** TLS is up; events from now on say so. */
  secure(tls: Client['tls']): void;
  /** Whether any binding wants the event. */
  isAsked(event: Asked): boolean;
  /** Asks the bindings of today's generation; tags they set are on the session from then on. */
  ask<E extends Asked>(event: E, payload: Payload<E>): Promise<Verdict<E>>;
  /** Does not wait: what sinks make of it is no business of the client. */
  tell<E extends Told>(event: E, payload: Payload<E>): void;
  /** One line of the session's own for `sluice trace`. */
  record(event: string, detail: string): void;
};

/** Events of a connection that has just been accepted. */
export function openEvents({ services, virtualServer }: SessionParts, { remote, local, tls }: Client): SessionEvents {
  const { dispatcher, generation, log } = services;
  const id = services.randomId();
  let session: Session = { id, protocol: 'pop3', remote, local, tls, identity: null, ehlo: null, tags: {} };
  const subject = (): Subject => ({
    traceId: id,
    virtualServer: { id: virtualServer, protocol: 'pop3' },
    session,
    source: 'pop3',
    isLocal: (address) => services.directory.isLocalDomain(address.slice(address.lastIndexOf('@') + 1)),
  });

  return {
    traceId: id,
    identify(user) {
      session = { ...session, identity: user };
    },
    secure(now) {
      session = { ...session, tls: now };
    },
    isAsked: (event) => generation().isAsked(virtualServer, event),
    async ask(event, payload) {
      const verdict = await dispatcher.ask(generation(), event, subject(), payload);
      session = { ...session, tags: { ...session.tags, ...verdict.tags } };
      return verdict;
    },
    tell(event, payload) {
      dispatcher.tell(generation(), event, subject(), payload).catch((error: unknown) => {
        log.error({ error, event, traceId: id }, 'a tell failed');
      });
    },
    record(event, detail) {
      const none = { binding: null, sink: null, revision: null, decision: null, ms: null };
      services.record({ traceId: id, at: services.now(), kind: 'session', event, virtualServer, detail, ...none });
    },
  };
}
