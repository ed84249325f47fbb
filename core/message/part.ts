import type { Parameterised } from './parameters.ts';

/** Octets `from` up to, not including, `to`. */
export type Range = { readonly from: number; readonly to: number };

/**
 * What an index found odd. Nothing of it stops reading; some of it makes an edit refuse.
 *
 * `no-colon` a header line that is no field · `no-separator` a header that is not closed by an empty line ·
 * `repeated-field` a second Content-* field that changes how the part is read · `bad-content-type` RFC 2045 §5.2 ·
 * `no-boundary` a multipart without one · `repeated-boundary` the same one twice in a nest · `no-parts` a multipart
 * in which it never occurs · `unclosed` no closing delimiter · `encoded-composite` a multipart or message under
 * base64 or quoted-printable (RFC 2045 §6.4)
 */
export type DefectKind =
  | 'no-colon'
  | 'no-separator'
  | 'repeated-field'
  | 'bad-content-type'
  | 'no-boundary'
  | 'repeated-boundary'
  | 'no-parts'
  | 'unclosed'
  | 'encoded-composite';

/** One oddity, and the octet it was seen at. */
export type Defect = { readonly kind: DefectKind; readonly at: number };

/**
 * One node of the MIME tree, as ranges over the octets of the message.
 *
 * @source RFC 2045, RFC 2046
 */
export type Part = {
  /**
   * IMAP's numbering (RFC 9051 §6.4.5.1): `1`, `1.2`; the message itself is ``. The multipart directly inside a
   * message/rfc822 part `2` has no number there; it is `2.TEXT` here, and its parts are `2.1`, `2.2`.
   */
  readonly path: string;
  /** The field lines, without the empty line after them. */
  readonly header: Range;
  /** The encoded body, without the line end that belongs to the delimiter after it (RFC 2046 §5.1.1). */
  readonly body: Range;
  /** Where the delimiter line that ends the part begins; the end of the message when none does. */
  readonly next: number;
  /** Where its own closing delimiter line begins; -1 when it has none. */
  readonly closing: number;
  /** Whether an empty line closes the header. */
  readonly separated: boolean;
  /** Whether the delimiter follows without a line end of its own: the body is empty and must get one when filled. */
  readonly glued: boolean;
  /** Lower case; `text/plain` when absent or unreadable, `message/rfc822` in a digest. */
  readonly type: string;
  /** Content-Type as written, with its parameters; empty when the field is absent. */
  readonly contentType: Parameterised;
  readonly disposition: Parameterised | null;
  /** Content-Transfer-Encoding in lower case; `7bit` when absent. */
  readonly encoding: string;
  /** Content-ID with its angle brackets; null when not given. */
  readonly id: string | null;
  /** Whether Content-Type or Content-Transfer-Encoding occur more than once: readers may disagree about the part. */
  readonly ambiguous: boolean;
  /** The octets of the boundary, one character each; null when the part was not split. */
  readonly boundary: string | null;
  readonly parts: readonly Part[];
};

/** @returns the parameter `charset` in lower case; null when not given */
export function charsetOf(part: Part): string | null {
  return charsetIn(part.contentType);
}

/** The same, of a Content-Type. */
export function charsetIn({ parameters }: Parameterised): string | null {
  const [charset = ''] = parameters.get('charset')?.trim().split(/\s/) ?? [];
  return charset.replaceAll("'", '').toLowerCase() || null;
}

/** @returns the part of that path and the one it lies in, null for the message itself; null when there is no such part */
export function findPart(root: Part, path: string): { readonly part: Part; readonly parent: Part | null } | null {
  if (root.path === path) return { part: root, parent: null };
  for (const parent of everyPart(root)) {
    const part = parent.parts.find((child) => child.path === path);
    if (part) return { part, parent };
  }
  return null;
}

/** @returns every part of the tree, the message itself first, in the order of the octets */
export function* everyPart(root: Part): Generator<Part> {
  const waiting = [root];
  for (let part = waiting.pop(); part; part = waiting.pop()) {
    yield part;
    waiting.push(...[...part.parts].reverse());
  }
}
