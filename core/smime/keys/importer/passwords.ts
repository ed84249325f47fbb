/** One way the octets of a password may have come about. */
export type Password = {
  /** For PBES2 and PBMAC1. */
  readonly octets: Buffer;
  /** For the key derivation of PKCS#12 itself: UTF-16BE and two zeros. */
  readonly bmp: Buffer;
};

/**
 * The forms a password is tried in. OpenSSL and Java take UTF-8 for PBES2; forge and old tools took Latin-1, some the
 * BMPString. No password at all differs from an empty one in PKCS#12's own derivation.
 *
 * @source RFC 7292 Appendix B.1, RFC 8018 §3
 */
export function passwordForms(password: string): readonly Password[] {
  const bmp = Buffer.from(`${password}\0`, 'utf16le').swap16();
  const utf8 = { octets: Buffer.from(password, 'utf8'), bmp };
  if (password === '') return [utf8, { octets: Buffer.alloc(0), bmp: Buffer.alloc(0) }];
  const isAscii = !/[^\0-\x7f]/.test(password);
  return isAscii ? [utf8] : [utf8, { octets: Buffer.from(password, 'latin1'), bmp }, { octets: bmp, bmp }];
}
