import type { MessageEdit, OpenMessage } from '../../message/message.ts';
import type { Keystore } from '../keystore.ts';
import type { Trust } from '../trust.ts';

/** What may be done with a signed part that edits touch. */
export type SignedAction = 'skip' | 'strip' | 'explain' | 'resign' | 'wrap' | 'reject';
/** What may be done with an encrypted part that edits touch. */
export type EncryptedAction = 'skip' | 'wrap' | 'rekey' | 'reject';
export type ProtectionAction = SignedAction | EncryptedAction;

/** Languages notices are written in. */
export type NoticeLanguage = 'en' | 'de' | 'fr' | 'es' | 'ja';

/** What a binding lets its edits do to protected mail. Lists are in order of preference: the first action that is possible is taken; `skip` stands behind every list. */
export type ProtectionPolicy = {
  readonly signed: readonly SignedAction[];
  readonly encrypted: readonly EncryptedAction[];
  /** `gateway`: its own address goes into Sender, and a notice names the original signer. */
  readonly resignAs: 'sender' | 'gateway';
  /** Name of the gateway's key in the keystore; null without one. */
  readonly gateway: string | null;
  /** Whether a message with several signers may be stripped, explained or signed again. */
  readonly severalSigners: 'skip' | 'proceed';
  /** Whether what was encrypted without authentication (CBC) and has no valid signature inside may be encrypted again (EFAIL). */
  readonly rekeyUnsigned: boolean;
  /** Of notices; `from-message`: what its Content-Language says, else English. */
  readonly language: NoticeLanguage | 'from-message';
  /**
   * Own wording of notices, by language (`de`) or by action and language (`strip.de`); `{signer}`, `{verdict}` and
   * `{time}` stand for what was found. Null: the built-in wording.
   */
  readonly wording: Readonly<Record<string, string>> | null;
  /** Octets the result may have at most (SIZE of the next hop); null for no limit. */
  readonly limit: number | null;
};

/** What the engine needs from outside. */
export type ProtectionParts = {
  readonly trust: Trust;
  /** Null without one: nothing can be signed again or decrypted. */
  readonly keystore: Keystore | null;
  now(): number;
  /** The authserv-id of Authentication-Results (RFC 8601 §2.5). */
  readonly hostname: string;
  /** What goes into Sender when a gateway signs; the first address of its certificate where it says nothing. */
  gatewayAddress?(name: string): string | null;
};

/**
 * What one signature was found to be worth before anything was touched. `valid`: it verifies, its certificate is
 * trusted and is for who the message says it is from.
 */
export type SignerVerdict = 'valid' | 'invalid' | 'weak' | 'untrusted' | 'mismatch' | 'unknown';

/** Who had signed. Names are from the certificate, printable and bounded; null where there is no certificate. */
export type SignerRecord = {
  readonly subject: string | null;
  readonly issuer: string | null;
  /** In hex. */
  readonly serial: string | null;
  /** SHA-256 of the certificate, in hex. */
  readonly fingerprint: string | null;
  readonly addresses: readonly string[];
  readonly verdict: SignerVerdict;
  /** Why it is not `valid`; `` when it is. */
  readonly reason: string;
  /** Epoch ms, as the signer claims; null without. */
  readonly signedAt: number | null;
  /** Path of the signed part in the layer it was found in. */
  readonly part: string;
};

/** An action of the policy that was not possible. */
export type Fallback = { readonly action: ProtectionAction; readonly reason: string };

/** What was decided and why: as JSON one line for trace and log. Nothing of the content is in it. */
export type ProtectionRecord = {
  /** Of the outermost protection that edits touch. */
  readonly action: ProtectionAction;
  /** For a person: what was found, and what is done inside of it. */
  readonly reason: string;
  readonly fallbacks: readonly Fallback[];
  readonly signers: readonly SignerRecord[];
  /** Epoch ms. */
  readonly verifiedAt: number;
  /** The value of an Authentication-Results field (RFC 8601, RFC 7281); null when no signature was looked at. */
  readonly authenticationResults: string | null;
};

/** What puts the protection back. `problem`: the original octets count, and the edits as skipped. */
export type Sealing =
  | { readonly kind: 'sealed'; readonly octets: Uint8Array }
  | { readonly kind: 'problem'; readonly reason: string };

/** One protection that was opened: whoever edits inside has to allow the same. */
export type OpenedLayer = { readonly protection: 'signed' | 'encrypted'; readonly action: ProtectionAction };

/** What a policy may allow beyond its actions. */
export type Allowance = 'severalSigners' | 'rekeyUnsigned';

/** How a message may be edited. */
export type ProtectedMessage =
  /** Not protected, or the edits touch nothing that is: they go to the message as it is. */
  | { readonly kind: 'plain' }
  | { readonly kind: 'skip'; readonly record: ProtectionRecord }
  | { readonly kind: 'reject'; readonly record: ProtectionRecord }
  | {
      readonly kind: 'opened';
      /** What the edits of this and later bindings go to. */
      readonly message: OpenMessage;
      /** The edits that were asked for, with the paths parts have in `message`: a sink names those it was shown. */
      readonly edits: readonly MessageEdit[];
      /** Whether `message` is decrypted: what it says may be shown only to a sink that is granted that. */
      readonly isDecrypted: boolean;
      /** How each protection around the edits was opened, outermost first. */
      readonly layers: readonly OpenedLayer[];
      /** What the policy had to allow besides. */
      readonly needs: readonly Allowance[];
      readonly record: ProtectionRecord;
      /**
       * Puts the protection back (resign, rekey) or says that it is gone (strip, explain). Once, when the chain ends.
       * Nothing edited: the original octets. Never rejects for what is in the message.
       */
      seal(): Promise<Sealing>;
    };
