/** Every way an import, or opening the keystore, can be refused, as an operator reads it. */
const refusals = {
  'file-unreadable': 'the file is not there, or the running Sluice may not read it',
  malformed: 'the file is no PKCS#12 and no PEM, or it is damaged',
  'password-missing': 'the file is encrypted and no password was given',
  'password-wrong': 'the password is wrong, or the file is damaged',
  'too-many-iterations': 'opening the file would take more computing than is allowed',
  'too-slow': 'opening the file took too long',
  unsupported: 'the file uses an algorithm that is not supported',
  'key-missing': 'there is no private key in the file',
  'key-unusable': 'the private key cannot be used for mail',
  'certificate-missing': 'there is no certificate for the private key in the file',
  'certificate-unusable': 'the certificate of the private key cannot be read',
  'address-missing': 'the certificate names no e-mail address: import it for a gateway',
  'address-other': 'the certificate is not for that address',
  'passphrase-missing': 'the passphrase of the keystore is not set',
  'passphrase-wrong': 'the passphrase is not the one the keystore was made with',
  'folder-unusable': 'the folder of the keystore cannot be used',
  'key-unknown': 'there is no such key',
} as const satisfies Record<string, string>;

export type RefusalCode = keyof typeof refusals;

/** Why something is refused. Never holds a password, a passphrase or any part of a key. */
export type Refusal = { readonly kind: 'refused'; readonly code: RefusalCode; readonly text: string };

export function refusalOf(code: RefusalCode, detail = ''): Refusal {
  return { kind: 'refused', code, text: detail === '' ? refusals[code] : `${refusals[code]}: ${detail}` };
}

/** A refusal on its way up. Thrown inside core/smime/keys only. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly refusal: Refusal;

  constructor(code: RefusalCode, detail = '') {
    const refusal = refusalOf(code, detail);
    super(refusal.text);
    this.refusal = refusal;
  }
}
