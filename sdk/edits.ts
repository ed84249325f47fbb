/** Where `insert-text` puts its text in a body part. */
export type TextPosition = 'before' | 'after' | 'below-newest-reply';

/**
 * Every change a sink may ask for, as a value. The catalogue says which event allows which; the core checks,
 * applies them in order to what the sink before left, and refuses the whole answer when one is illegal.
 */
export type Edit =
  /** The text after `220 <hostname> ` (SMTP) or `+OK ` (POP3). */
  | { readonly kind: 'set-greeting'; readonly text: string }
  /** One more EHLO line, e.g. `X-HELLO`. Announcing does not implement: the verb is the sink's business. */
  | { readonly kind: 'add-capability'; readonly line: string }
  /** Leaves a capability out of the EHLO reply; the server then also refuses its use. */
  | { readonly kind: 'hide-capability'; readonly keyword: string }
  /** A note on the session (or message) that later events and rules can read. */
  | { readonly kind: 'set-tag'; readonly name: string; readonly value: string }
  | { readonly kind: 'set-reverse-path'; readonly address: string }
  /** onRcpt: stands in for the recipient the client named. */
  | { readonly kind: 'set-recipient'; readonly address: string }
  | { readonly kind: 'add-recipient'; readonly address: string }
  | { readonly kind: 'remove-recipient'; readonly address: string }
  /** A new field as the first line of the header: where trace fields go (RFC 5321 §4.4). */
  | { readonly kind: 'prepend-field'; readonly name: string; readonly value: string }
  /** A new field as the last line of the header. */
  | { readonly kind: 'append-field'; readonly name: string; readonly value: string }
  /** Replaces the first field of that name and removes its others; appends when there is none. */
  | { readonly kind: 'set-field'; readonly name: string; readonly value: string }
  | { readonly kind: 'remove-fields'; readonly name: string }
  /**
   * Text for the message a person reads: `plain` goes into its text/plain part, `html` (a fragment of HTML) into
   * its text/html part. A message with only one of the two gets only that one.
   */
  | {
      readonly kind: 'insert-text';
      readonly position: TextPosition;
      readonly plain: string;
      readonly html: string;
    };

export type EditKind = Edit['kind'];
export type EditOf<K extends EditKind> = Extract<Edit, { readonly kind: K }>;

/** The families an edit belongs to; the catalogue speaks of families, `sdk/catalogue.ts`. */
export const editKinds = {
  greeting: ['set-greeting'],
  capabilities: ['add-capability', 'hide-capability'],
  tags: ['set-tag'],
  reversePath: ['set-reverse-path'],
  recipient: ['set-recipient'],
  recipients: ['add-recipient', 'remove-recipient'],
  moreRecipients: ['add-recipient'],
  header: ['prepend-field', 'append-field', 'set-field', 'remove-fields'],
  body: ['insert-text'],
} as const satisfies Record<string, readonly EditKind[]>;

export const setGreeting = (text: string): EditOf<'set-greeting'> => ({ kind: 'set-greeting', text });
export const addCapability = (line: string): EditOf<'add-capability'> => ({ kind: 'add-capability', line });
export const hideCapability = (keyword: string): EditOf<'hide-capability'> => ({ kind: 'hide-capability', keyword });
export const setTag = (name: string, value: string): EditOf<'set-tag'> => ({ kind: 'set-tag', name, value });
export const setReversePath = (address: string): EditOf<'set-reverse-path'> => ({ kind: 'set-reverse-path', address });
export const setRecipient = (address: string): EditOf<'set-recipient'> => ({ kind: 'set-recipient', address });
export const addRecipient = (address: string): EditOf<'add-recipient'> => ({ kind: 'add-recipient', address });
export const removeRecipient = (address: string): EditOf<'remove-recipient'> => ({ kind: 'remove-recipient', address });
export const prependField = (name: string, value: string): EditOf<'prepend-field'> => ({
  kind: 'prepend-field',
  name,
  value,
});
export const appendField = (name: string, value: string): EditOf<'append-field'> => ({
  kind: 'append-field',
  name,
  value,
});
export const setField = (name: string, value: string): EditOf<'set-field'> => ({ kind: 'set-field', name, value });
export const removeFields = (name: string): EditOf<'remove-fields'> => ({ kind: 'remove-fields', name });

/** @param text the plain and the HTML form; the position defaults to `after`, the end of the body */
export const insertText = (
  text: { readonly plain: string; readonly html: string },
  position: TextPosition = 'after',
): EditOf<'insert-text'> => ({ kind: 'insert-text', position, ...text });
