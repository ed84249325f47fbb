// oxlint-disable-next-line import/no-named-as-default-member -- a CommonJS package: everything hangs on its default
import forge from 'node-forge';

/**
 * Decrypts RC2 in CBC mode: what Windows and OpenSSL before 3 encrypted the certificates of PKCS#12 files with, and the
 * one thing in them OpenSSL 3 does not have. node-forge is used for nothing else.
 *
 * @param bits effective length of the key
 * @returns null when the padding is wrong
 * @source RFC 2268
 */
export function decryptRc2(key: Buffer, iv: Buffer, bits: number, octets: Buffer): Buffer | null {
  const cipher = forge.rc2.createDecryptionCipher(key.toString('latin1'), bits);
  cipher.start(iv.toString('latin1'));
  cipher.update(forge.util.createBuffer(octets.toString('latin1')));
  return cipher.finish() ? Buffer.from(cipher.output.getBytes(), 'latin1') : null;
}
