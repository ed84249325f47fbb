/** One part of the MIME tree, as the core's index found it. */
export type PartData = {
  /** `1`, `1.2` …: the numbering of IMAP (RFC 9051 §6.4.5.1); the message itself is ``. */
  readonly path: string;
  /** Lower case, `text/plain` when the field is absent or unreadable (RFC 2045 §5.2). */
  readonly type: string;
  /** Lower case; null when not given. */
  readonly charset: string | null;
  /** `inline`, `attachment` … in lower case; null when not given. */
  readonly disposition: string | null;
  readonly filename: string | null;
  /** Octets of the encoded body. */
  readonly size: number;
  readonly parts: readonly PartData[];
};

/** Cryptography found anywhere in the tree; what the core lets nobody break. */
export type Protection = 'none' | 'signed' | 'encrypted' | 'unknown-crypto';

/** A message on its way into the sandbox: what the core tells of it. The octets stay outside until asked for. */
export type MessageData = {
  readonly size: number;
  /** Header fields from top to bottom, the first 10,000: name as written, value unfolded, RFC 2047 words not decoded. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly tree: PartData;
  readonly protection: Protection;
};

/** What `needs: ['message']` gives beyond the header: each call leaves the isolate and counts as a host call. */
export type MessageReader = {
  /**
   * The text a person reads in the text/plain form, decoded; null when the message has none or it cannot be decoded.
   * Of more than 1,048,576 characters it is the first and the last half of that, with a line `…` between them.
   */
  text(): Promise<string | null>;
  /** The same for text/html: the source of the HTML. */
  html(): Promise<string | null>;
  /** Octets of the whole message as it arrived, one character an octet; at most 1 MiB a call. */
  octets(from: number, to: number): Promise<string>;
};

/** A message as a sink sees it: reading never changes it; edits are returned with the decision. */
export class Message {
  readonly size: number;
  readonly fields: MessageData['fields'];
  readonly tree: PartData;
  readonly protection: Protection;

  constructor({ size, fields, tree, protection }: MessageData) {
    this.size = size;
    this.fields = fields;
    this.tree = tree;
    this.protection = protection;
  }

  /** @returns the value of the first field of that name (case ignored), unfolded; null when there is none */
  field(name: string): string | null {
    return this.all(name)[0] ?? null;
  }

  /** @returns the values of all fields of that name from top to bottom; empty when there is none */
  all(name: string): readonly string[] {
    const wanted = name.toLowerCase();
    return this.fields.filter(([field]) => field.toLowerCase() === wanted).map(([, value]) => value);
  }
}
