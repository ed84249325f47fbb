/** Where `insert-text` puts its text in a body part. */
export type TextPosition = 'before' | 'after' | 'below-newest-reply';

/** `text/html`, `image/png` …, without parameters. A part made by an edit is never a multipart or a message. */
export type MediaType = `${string}/${string}`;

/** What is in a part a sink makes: text, written in the part's charset; or octets of any kind, in base64. */
export type PartContent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'octets'; readonly base64: string };

/** A part a sink makes. How it is encoded for transport, and all the syntax around it, is the core's business. */
export type NewPart = {
  readonly type: MediaType;
  readonly content: PartContent;
  /** Of a text type; null: UTF-8 for text, not stated for octets. */
  readonly charset: string | null;
  readonly disposition: 'inline' | 'attachment';
  /** As people read it: any character but control characters; null for none. */
  readonly filename: string | null;
};

/** A picture for the HTML form of a text: `<img src="cid:name">` shows it. */
export type InlineImage = {
  /** What `cid:` says in the HTML: letters, digits, `.`, `_`, `-`. The Content-ID itself is made by the core. */
  readonly name: string;
  readonly type: `image/${string}`;
  readonly base64: string;
};

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
   * its text/html part. A message with only one of the two gets only that one. Images come along with the HTML, each
   * once, however many sinks ask for it.
   */
  | {
      readonly kind: 'insert-text';
      readonly position: TextPosition;
      readonly plain: string;
      readonly html: string;
      readonly images?: readonly InlineImage[];
    }
  /** Another content for a part; its Content-ID and its fields that are not Content-* stay. `` is the message itself. */
  | { readonly kind: 'replace-part'; readonly path: string; readonly part: NewPart }
  /** One more part at the end. A message that is no multipart/mixed becomes one, with what it was as the first part. */
  | { readonly kind: 'add-part'; readonly part: NewPart }
  /** Takes a part out. `notice` stands in its place as text/plain; without one, only the last of its kind leaves an empty text. */
  | { readonly kind: 'remove-part'; readonly path: string; readonly notice: string | null }
  /** The message as it is, octet for octet, becomes the first part of a multipart/mixed; the fragment of HTML is the second. */
  | { readonly kind: 'wrap'; readonly html: string }
  /** What an address stands for (onResolve): these addresses are looked up instead of it. */
  | { readonly kind: 'set-members'; readonly addresses: readonly string[] }
  /** `host:port`, in the order they are tried, instead of what configuration or MX say (onRoute). */
  | { readonly kind: 'set-next-hops'; readonly hosts: readonly string[] }
  /** `bob@example.org/INBOX` (onDeliver). */
  | { readonly kind: 'set-mailbox'; readonly mailbox: string }
  /** What we call ourselves to the next host (onSessionStart). */
  | { readonly kind: 'set-helo-name'; readonly name: string };

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
  body: ['insert-text', 'replace-part', 'add-part', 'remove-part', 'wrap'],
  members: ['set-members'],
  nextHops: ['set-next-hops'],
  mailbox: ['set-mailbox'],
  heloName: ['set-helo-name'],
} as const satisfies Record<string, readonly EditKind[]>;

export const setGreeting = (text: string): EditOf<'set-greeting'> => ({ kind: 'set-greeting', text });
export const addCapability = (line: string): EditOf<'add-capability'> => ({ kind: 'add-capability', line });
export const hideCapability = (keyword: string): EditOf<'hide-capability'> => ({ kind: 'hide-capability', keyword });
export const setTag = (name: string, value: string): EditOf<'set-tag'> => ({ kind: 'set-tag', name, value });
export const setReversePath = (address: string): EditOf<'set-reverse-path'> => ({ kind: 'set-reverse-path', address });
export const setRecipient = (address: string): EditOf<'set-recipient'> => ({ kind: 'set-recipient', address });
/** What an address stands for: it becomes a group of these. */
export const setMembers = (addresses: readonly string[]): EditOf<'set-members'> => ({ kind: 'set-members', addresses });
/** @param hosts `host`, `host:port`, `192.0.2.1:25`, `[2001:db8::1]:25`, tried in this order */
export const setNextHops = (hosts: readonly string[]): EditOf<'set-next-hops'> => ({ kind: 'set-next-hops', hosts });
/** @param mailbox `bob@example.org/INBOX` */
export const setMailbox = (mailbox: string): EditOf<'set-mailbox'> => ({ kind: 'set-mailbox', mailbox });
export const setHeloName = (name: string): EditOf<'set-helo-name'> => ({ kind: 'set-helo-name', name });
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

/**
 * @param text the plain and the HTML form, and pictures the HTML shows with `<img src="cid:name">`; the position
 *   defaults to `after`, the end of the body
 */
export const insertText = (
  text: { readonly plain: string; readonly html: string; readonly images?: readonly InlineImage[] },
  position: TextPosition = 'after',
): EditOf<'insert-text'> => ({ kind: 'insert-text', position, ...text });

/** What a part may leave out: it is inline, without a file name, and text is UTF-8. */
type PartOptions = {
  readonly charset?: string | null;
  readonly disposition?: NewPart['disposition'];
  readonly filename?: string | null;
};

const partOf = (
  type: MediaType,
  content: PartContent,
  { charset = null, disposition = 'inline', filename = null }: PartOptions,
): NewPart => ({ type, content, charset, disposition, filename });

/** A part of text, for `addPart` and `replacePart`: `textPart('text/plain', 'Removed: too large')`. */
export const textPart = (type: `text/${string}`, text: string, options: PartOptions = {}): NewPart =>
  partOf(type, { kind: 'text', text }, options);

/** A part of octets, in base64: `filePart('application/pdf', base64, { disposition: 'attachment', filename: 'terms.pdf' })`. */
export const filePart = (type: MediaType, base64: string, options: PartOptions = {}): NewPart =>
  partOf(type, { kind: 'octets', base64 }, options);

/** @param path of `message.tree`, as it was when the event came, whatever edits stand before this one in the answer */
export const replacePart = (path: string, part: NewPart): EditOf<'replace-part'> => ({
  kind: 'replace-part',
  path,
  part,
});
export const addPart = (part: NewPart): EditOf<'add-part'> => ({ kind: 'add-part', part });

/** @param path as for `replacePart` */
export const removePart = (path: string, notice: string | null = null): EditOf<'remove-part'> => ({
  kind: 'remove-part',
  path,
  notice,
});
/** @param html a fragment of HTML, shown below the message */
export const wrap = (html: string): EditOf<'wrap'> => ({ kind: 'wrap', html });
