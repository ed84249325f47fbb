import { contentOf } from '../message/content.ts';
import { openMessage, type OpenMessage } from '../message/message.ts';
import { decrypt } from './decrypt.ts';
import type { Keystore } from './keystore.ts';
import type { ProtectionParts } from './policy.ts';
import { verifySigned } from './policy/verified.ts';
import { protectedParts } from './smime.ts';

/** What was in an encrypted message. There is one way to fail. @see Decryption */
export type Read =
  | {
      readonly kind: 'decrypted';
      /** Whether the cipher says that nobody changed it. */
      readonly authenticated: boolean;
      readonly text: string | null;
      readonly html: string | null;
    }
  | { readonly kind: 'failed' };

/** Decrypts a message that is encrypted as a whole, and takes off the signatures inside. */
export async function readEncrypted(octets: Uint8Array, keystore: Keystore, parts: ProtectionParts): Promise<Read> {
  const message = openMessage(octets);
  if (!/^application\/(?:x-)?pkcs7-mime$/.test(message.root.type)) return { kind: 'failed' };
  const keys = keystore.keys().filter(({ canDecrypt }) => canDecrypt);
  const opened = await decrypt(
    contentOf(octets, message.root),
    keys.map(({ id, certificate }) => ({ certificate, use: keystore.use(id) })),
  );
  if (opened.kind === 'failed') return opened;
  const inside = await withoutSignature(openMessage(opened.content), parts);
  return { kind: 'decrypted', authenticated: opened.authenticated, text: inside.text(), html: inside.html() };
}

/** Signatures inside one another that are taken off. */
const depth = 3;

async function withoutSignature(message: OpenMessage, parts: ProtectionParts, left = depth): Promise<OpenMessage> {
  const whole = protectedParts(message).find(
    ({ part, protection }) => part === message.root && protection === 'signed',
  );
  const verified = whole && left > 0 ? await verifySigned(message, whole.part, parts) : null;
  return verified?.content ? await withoutSignature(openMessage(verified.content), parts, left - 1) : message;
}
