/** What one signature of a message is worth: `valid` it verifies, its certificate is trusted and is for the sender. */
export type SignatureVerdict = 'valid' | 'invalid' | 'weak' | 'untrusted' | 'mismatch' | 'unknown';

/** Who had signed a message. Names are from the certificate; null where there is none. */
export type Signature = {
  readonly verdict: SignatureVerdict;
  /** Why it is not `valid`; `` when it is. */
  readonly reason: string;
  readonly subject: string | null;
  readonly issuer: string | null;
  /** Mailboxes the certificate is for. */
  readonly addresses: readonly string[];
  /** SHA-256 of the certificate, in hex. */
  readonly fingerprint: string | null;
  /** Epoch milliseconds, as the signer claims. */
  readonly signedAt: number | null;
};

/** `failed` has no reason on purpose: it would tell whoever sent the message about the key. */
export type DecryptAnswer =
  | {
      readonly kind: 'decrypted';
      /** Whether it is what somebody encrypted; else anybody could have changed it on the way. */
      readonly authenticated: boolean;
      /** What a person reads, decoded; null when there is none. */
      readonly text: string | null;
      readonly html: string | null;
    }
  | { readonly kind: 'failed' };

/** `refused`: not granted, or no key that may sign; `reason` is for your log. */
export type SignAnswer =
  | {
      readonly kind: 'signed';
      /** A detached signature, DER in base64: the body of `application/pkcs7-signature`. */
      readonly signature: string;
      /** The parameter `micalg` of `multipart/signed`. */
      readonly micalg: string;
    }
  | { readonly kind: 'refused'; readonly reason: string };

/** Uses keys and certificates of this Sluice. Keys stay where they are: only results come here. */
export type Smime = {
  /** Every signature of the message this event carries, the ones inside included; none when nothing is signed. */
  verify(): Promise<readonly Signature[]>;
  /** The text of the encrypted message this event carries. Needs `decrypt` in the grant. */
  decrypt(): Promise<DecryptAnswer>;
  /**
   * Signs a MIME entity, header and body, with the key of an address or a gateway that the grant names. It is signed
   * in UTF-8 with CRLF line ends.
   *
   * @param as `ann@example.com`, or `gateway:mx`
   */
  sign(entity: string, as: string): Promise<SignAnswer>;
};
