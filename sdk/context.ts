import type { EventName, Protocol, SeenPayload } from './catalogue.ts';

/** One connection of a client, as it stands when the event happens. */
export type Session = {
  readonly id: string;
  readonly protocol: Protocol;
  readonly remote: { readonly address: string; readonly port: number };
  readonly local: { readonly address: string; readonly port: number };
  /** Null while the connection is in the clear. */
  readonly tls: { readonly version: string; readonly cipher: string } | null;
  /** Who authenticated; null while nobody did. */
  readonly identity: string | null;
  /** The domain of HELO or EHLO; null before it and in POP3. */
  readonly ehlo: string | null;
  /** What sinks noted with `setTag`. */
  readonly tags: Readonly<Record<string, string>>;
};

/** What every event carries beside its payload, on the wire. */
export type EventContext = {
  /** Follows the message, or the connection where there is none, through everything: `sluice trace <id>`. */
  readonly traceId: string;
  readonly virtualServer: { readonly id: string; readonly protocol: Protocol };
  readonly binding: { readonly name: string; readonly priority: number };
  /** The recipients a `rcptTo` of the binding's rule names; null when there is no rule or it names none. */
  readonly matchedRecipients: readonly string[] | null;
  /** Null for events no connection is part of, as for reports we write ourselves. */
  readonly session: Session | null;
};

/** An event as a handler gets it. */
export type SinkEvent<E extends EventName, Settings> = SeenPayload<E> &
  EventContext & { readonly event: E; readonly settings: Settings };
