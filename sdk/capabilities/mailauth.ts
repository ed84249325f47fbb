/** RFC 8601 §2.7: what one method came to. `temperror`: nobody knows now, ask again later. */
export type AuthResult =
  | 'pass'
  | 'fail'
  | 'softfail'
  | 'neutral'
  | 'policy'
  | 'none'
  | 'temperror'
  | 'permerror'
  | 'skipped';

/** One DKIM signature of a message. */
export type DkimVerdict = {
  readonly result: AuthResult;
  /** Who signed (`d=`), and which key (`s=`); null when the signature does not say. */
  readonly domain: string | null;
  readonly selector: string | null;
  /** Whether the domain is that of From, or belongs to the same organisation. */
  readonly aligned: boolean;
};

/** What the message of an event says of where it is from, and what that is worth. */
export type Authentication = {
  readonly kind: 'verified';
  /** `none` where there was no client: of a message that did not come over SMTP. */
  readonly spf: { readonly result: AuthResult; readonly domain: string | null };
  readonly dkim: readonly DkimVerdict[];
  readonly dmarc: {
    readonly result: AuthResult;
    /** What the domain of From asks for mail that fails; null when it says nothing. */
    readonly policy: 'none' | 'quarantine' | 'reject' | null;
    readonly domain: string | null;
  };
  readonly arc: {
    readonly result: AuthResult;
    /** Who sealed last; null when nobody did. */
    readonly sealedBy: string | null;
  };
  /** The value of a field Authentication-Results (RFC 8601), on one line, in the name of the virtual server. */
  readonly field: string;
  /** The name it begins with: fields of others that begin with it are forged. */
  readonly authservId: string;
};

/** `failed`: the message could not be looked at in time, or not at all. */
export type AuthFailure = { readonly kind: 'failed'; readonly reason: 'timeout' | 'busy' | 'unread' };

/** Fields to put on top of the message, the first of them first; `refused` says why there are none, for your log. */
export type SignedFields =
  | { readonly kind: 'signed'; readonly fields: readonly (readonly [name: string, value: string])[] }
  | { readonly kind: 'refused'; readonly reason: string }
  | AuthFailure;

/** SPF, DKIM, DMARC and ARC. Private keys stay with the host; only results and fields come here. */
export type MailAuth = {
  /** Looks at the message as it arrived, and at the client it came from; what others have edited meanwhile does not count. */
  verify(): Promise<Authentication | AuthFailure>;
  /**
   * Signs the message as it is now, edits of earlier sinks included (RFC 6376). Every key the binding grants for the
   * domain signs. Whatever edits it later breaks the signature.
   */
  sign(domain: string): Promise<SignedFields>;
  /**
   * Adds an ARC set to the message as it is now (RFC 8617).
   *
   * @param results the value of Authentication-Results as the message arrived, and `chain` what its ARC chain was then
   */
  seal(domain: string, results: string, chain: 'none' | 'pass'): Promise<SignedFields>;
};
