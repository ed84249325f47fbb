import type { MessageEdit, OpenMessage } from '../../../message/message.ts';
import type {
  Allowance,
  NoticeLanguage,
  ProtectionParts,
  ProtectionPolicy,
  Sealing,
  SignerRecord,
} from '../contract.ts';
import type { HeaderProtection } from '../header-protection.ts';
import type { ProtectedPart } from '../../smime.ts';

/** One protection taken off: what is inside as a message of its own, and the way back. */
export type Layer = {
  readonly kind: 'layer';
  readonly message: OpenMessage;
  /** The edits, with the paths of parts in `message`. */
  readonly edits: readonly MessageEdit[];
  readonly isDecrypted: boolean;
  /** Makes of the message, edited, what the protection was taken from. */
  readonly close: Close;
};

/** The way back through a layer, or through several. */
export type Close = (octets: Uint8Array) => Promise<Sealing>;

/** Why something cannot be done, in words for the operator. */
export type Refused = { readonly kind: 'refused'; readonly reason: string };

export const refused = (reason: string): Refused => ({ kind: 'refused', reason });
export const problem = (reason: string): Sealing => ({ kind: 'problem', reason });

/** What every layer of one message is opened with. */
export type Course = {
  readonly policy: ProtectionPolicy;
  readonly parts: ProtectionParts;
  /** Epoch ms: when signatures are checked, and made. */
  readonly at: number;
  /** Of the message as it arrived; null when it says nothing. */
  readonly language: NoticeLanguage | null;
  /** By layer and signer: the same signature may be looked at for more than one action. */
  readonly signers: Map<string, SignerRecord>;
  /** What the policy had to allow beyond its actions. */
  readonly needs: Set<Allowance>;
  /** Signatures checked and contents decrypted that are left. */
  budget: number;
};

/** What is to be opened. */
export type Target = {
  readonly message: OpenMessage;
  readonly found: ProtectedPart;
  readonly edits: readonly MessageEdit[];
};

/** Why the edits cannot be made to a message whose protected header fields are these; null when they can. */
export function refuseHeaders(
  { lines, isEqual, isWrapped }: HeaderProtection,
  edits: readonly MessageEdit[],
): string | null {
  if (isWrapped) return 'what is inside is a message of its own (RFC 8551 §3.1)';
  if (isEqual) return null;
  const names = new Set(lines.map(({ name }) => name?.toLowerCase()));
  const named = edits.find((edit) => 'name' in edit && names.has(edit.name.toLowerCase()));
  return named ? 'an edit is of a protected header field that says something else outside' : null;
}
