/** Every way a certificate, its path or its revocation lists can be no good, as an operator reads it. */
const reasons = {
  malformed: 'the certificate cannot be read',
  'extension-unknown': 'the certificate has a critical extension that is not understood',
  'not-yet-valid': 'the certificate is not valid yet',
  expired: 'the certificate has expired',
  'issuer-missing': 'the certificate of the issuer is not here',
  untrusted: 'the path ends at a certificate that is not trusted',
  signature: "the issuer's signature does not verify",
  'algorithm-unknown': 'the signature algorithm or the key of the issuer is not supported',
  'algorithm-weak': 'the certificate is signed with a broken algorithm',
  'key-weak': 'the key is too short',
  'not-a-ca': 'the issuer is not a certification authority',
  'path-length': 'the path is longer than an authority in it allows',
  'key-usage': 'the key may not be used for this',
  'extended-key-usage': 'the certificate is not meant for e-mail',
  'name-constraints': 'a name in the certificate is not one its authority may give out',
  policy: 'no certificate policy holds for the whole path',
  revoked: 'the certificate has been revoked',
  'revocation-unknown': 'no valid revocation list covers the certificate',
  'too-complex': 'the path was not found within the limits of the search',
} as const satisfies Record<string, string>;

export type ReasonCode = keyof typeof reasons;

/** Why a certificate is not accepted, or what was noted about one that is. */
export type Reason = {
  readonly code: ReasonCode;
  /** For a person: the sentence of the table, with what makes it concrete. */
  readonly text: string;
  /** The subject of the certificate it is about; `` when that cannot be read. */
  readonly subject: string;
};

/** @param detail what makes it concrete: a date, an object identifier, a name */
export function reasonOf(code: ReasonCode, subject = '', detail = ''): Reason {
  return { code, subject, text: detail === '' ? reasons[code] : `${reasons[code]}: ${detail}` };
}
