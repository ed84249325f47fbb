import type { NewPart } from '../edits.ts';

/** A message as a sink writes one. Syntax, encodings, Date, Message-ID and the marks of a machine are the core's business. */
export type NewMessage = {
  /** Who gets it, and what To says; at most as many as the binding grants. */
  readonly to: readonly string[];
  readonly subject: string;
  /** The text/plain form, lines separated by `\n`. One of `text` and `html` at least. */
  readonly text?: string;
  /** The text/html form. */
  readonly html?: string;
  /** One of the addresses the binding grants; the first of them, or postmaster, when left out. */
  readonly from?: string;
  /** The name shown with the address. */
  readonly fromName?: string;
  /** Where reports of trouble go: an address the binding grants, or `''`, the default, for nowhere. */
  readonly reversePath?: string;
  /** Further fields, such as Reply-To, In-Reply-To, List-Id or your own X- fields; at most 32. */
  readonly fields?: readonly (readonly [name: string, value: string])[];
  /** At most 16, of `filePart` or `textPart`. */
  readonly parts?: readonly NewPart[];
  /**
   * `'message'`: the message of the event goes along as message/rfc822, octet for octet and never through the sandbox.
   * Needs `message` in the grants.
   */
  readonly attach?: 'message';
};

/**
 * `queued`: durable, and on its way; `traceId` is for `sluice trace`. `refused` by the guard: `loop` this event came of
 * a message this binding submitted; `depth` of too many submitted one after the other; `rate` the hour is used up.
 */
export type SubmitAnswer =
  | { readonly kind: 'queued'; readonly traceId: string }
  | { readonly kind: 'refused'; readonly reason: 'loop' | 'depth' | 'rate' };

/** Sends new messages. The same message for the same event is sent once, also when the event runs again. */
export type Submit = {
  /** @throws Error that says what in it cannot be sent */
  message(message: NewMessage): Promise<SubmitAnswer>;
};
