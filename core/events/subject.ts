import type { Protocol } from '../../sdk/catalogue.ts';
import type { Session } from '../../sdk/context.ts';
import type { editKinds, EditOf } from '../../sdk/edits.ts';
import type { Envelope } from '../../sdk/fields.ts';
import type { MessageData } from '../../sdk/message.ts';

/** The edits that change octets; all others change envelope, session or reply. */
export type MessageEdit = EditOf<(typeof editKinds)['header' | 'body'][number]>;

/** What became of one message edit; the message room tells more, which goes to the trace as it is. */
export type EditOutcome = { readonly kind: 'done' } | { readonly kind: 'skipped'; readonly reason: string };

/** A message on its way through a chain. `platform.ts` makes it of the message and S/MIME rooms. */
export type EditableMessage = {
  /** Names the octets: they go to a sandbox host once. */
  readonly id: string;
  /** As the chain found them; edits do not show here. */
  readonly octets: Uint8Array;
  /** Header and tree, edits so far applied. */
  data(): MessageData;
  /** In order, all or nothing. */
  edit(edits: readonly MessageEdit[]): readonly EditOutcome[];
  /** Newest state, decoded; null when there is none or it cannot be read. */
  text(): string | null | Promise<string | null>;
  html(): string | null | Promise<string | null>;
};

/** Where what happens comes from: a protocol, our own report, a timer, the lifetime of a sink. */
type Origin = Protocol | 'report' | 'timer' | 'lifetime';

/** What an event is about, beside its payload. */
export type Subject = {
  readonly traceId: string;
  readonly virtualServer: { readonly id: string; readonly protocol: Protocol };
  /** Null for events no connection is part of. */
  readonly session: Session | null;
  readonly source: Origin;
  /** Octets of the message, where known before the message is. */
  readonly size?: number;
  readonly message?: EditableMessage;
  /** Whether the address is of one of our own domains. */
  isLocal(address: string): boolean;
};

/** Any payload, for code that treats all events alike. */
export type AnyPayload = {
  readonly reversePath?: string;
  readonly recipient?: string;
  readonly local?: boolean;
  readonly envelope?: Envelope;
  readonly parameters?: Readonly<Record<string, string | true>>;
  readonly domain?: string;
  readonly capabilities?: readonly string[];
  readonly verb?: string;
  readonly verified?: boolean;
  readonly size?: number;
  readonly [name: string]: unknown;
};

/** What a rule can ask about an event: as it stands after the edits of the sinks before. */
export type Facts = {
  readonly subject: Subject;
  readonly payload: AnyPayload;
  /** Header and tree; null where the event carries no message. */
  message(): MessageData | null;
};
