import type { Protocol } from '../../sdk/catalogue.ts';
import type { Session } from '../../sdk/context.ts';
import type { editKinds, EditOf } from '../../sdk/edits.ts';
import type { Envelope } from '../../sdk/fields.ts';
import type { MessageData } from '../../sdk/message.ts';
import type { Binding } from './binding.ts';

/** The edits that change octets; all others change envelope, session or reply. */
export type MessageEdit = EditOf<(typeof editKinds)['header' | 'body'][number]>;

/** What became of one message edit; the message room tells more, which goes to the trace as it is. */
export type EditOutcome = { readonly kind: 'done' } | { readonly kind: 'skipped'; readonly reason: string };

/** Whose edits they are, and what they may do to a message that is signed or encrypted. */
export type Editor = Pick<Binding, 'key' | 'virtualServer' | 'smime'>;

/** One line of JSON for the trace: who had protected a message, with what result, and what was decided. */
export type ProtectionNote = { readonly action: string; readonly [said: string]: unknown };

/** What became of the edits of one binding. */
export type Edited =
  | {
      readonly kind: 'apply';
      readonly outcomes: readonly EditOutcome[];
      /** Present when these edits opened a protected message. */
      readonly note?: ProtectionNote;
    }
  /** Left out, although there is nothing wrong with them. */
  | { readonly kind: 'skip'; readonly reason: string; readonly note?: ProtectionNote }
  /** The message is not to be edited, and not to go on unedited either. */
  | { readonly kind: 'reject'; readonly reason: string; readonly note?: ProtectionNote };

/** How the protection of an edited message was put back, or why none of the edits is in it. */
export type Sealed = { readonly kind: 'sealed' } | { readonly kind: 'problem'; readonly reason: string };

/** A message on its way through a chain. `platform.ts` makes it of the message and S/MIME rooms. */
export type EditableMessage = {
  /** Names the octets: they go to a sandbox host once. */
  readonly id: string;
  /** As the chain found them; edits do not show here. */
  readonly octets: Uint8Array;
  /** Header and tree, edits so far applied. */
  data(): MessageData;
  /** In order, all or nothing. A promise only where cryptography is to be looked at. */
  edit(edits: readonly MessageEdit[], by: Editor): Edited | Promise<Edited>;
  /** Ends the editing: puts the protection of an edited message back. Null: there is none to put back. */
  seal(): Promise<Sealed> | null;
  /** The octets with the edits so far; null while protection is to be put back. Left out where nobody can say. */
  newest?(): Uint8Array | null | Promise<Uint8Array | null>;
  /** Newest state, decoded; null when there is none or it cannot be read. */
  text(): string | null | Promise<string | null>;
  html(): string | null | Promise<string | null>;
};

/** Where what happens comes from: a protocol, a file in a pickup folder, our own report, a message a sink submitted, a timer, the lifetime of a sink. */
type Origin = Protocol | 'pickup' | 'report' | 'sink' | 'timer' | 'lifetime';

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
