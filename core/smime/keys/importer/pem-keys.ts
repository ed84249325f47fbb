import { createPrivateKey } from 'node:crypto';
import { readElement } from '../../asn1/element.ts';
import { parsePem, type PemBlock } from '../../chain/pem.ts';
import { Refused } from '../refusal.ts';
import type { Budget } from './budget.ts';
import { passwordForms } from './passwords.ts';
import { decryptKey, type Contents } from './pkcs12.ts';

/**
 * Reads the private keys and certificates of a PEM file.
 *
 * @param password null: none was given
 * @throws Malformed, Refused
 * @source RFC 7468, RFC 1421 for the encrypted form of old OpenSSL
 */
export function readPemKeys(text: string, password: string | null, budget: Budget): Contents {
  const contents: Contents = { keys: [], certificates: [] };
  for (const block of parsePem(text)) {
    if (block.label === 'CERTIFICATE') contents.certificates.push(block.octets);
    else if (block.label === 'PRIVATE KEY') contents.keys.push(block.octets);
    else if (block.label === 'ENCRYPTED PRIVATE KEY') contents.keys.push(decrypt(block, password, budget));
    else if (/^(RSA|EC) PRIVATE KEY$/.test(block.label)) contents.keys.push(convert(block, password));
  }
  return contents;
}

function decrypt({ octets }: PemBlock, password: string | null, budget: Budget): Buffer {
  if (password === null) throw new Refused('password-missing');
  const element = readElement(octets);
  for (const form of passwordForms(password)) {
    const key = decryptKey(element, form, budget);
    if (key) return key;
  }
  throw new Refused('password-wrong');
}

/** One round of MD5 protects these: nothing to bound. */
function convert({ text }: PemBlock, password: string | null): Buffer {
  if (text.includes('ENCRYPTED') && password === null) throw new Refused('password-missing');
  try {
    const key = createPrivateKey({ key: text, format: 'pem', passphrase: password ?? '' });
    return key.export({ type: 'pkcs8', format: 'der' });
  } catch {
    throw new Refused(text.includes('ENCRYPTED') ? 'password-wrong' : 'malformed');
  }
}
