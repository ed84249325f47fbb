import type { MessageEdit, OpenMessage } from '../message/message.ts';
import type { ProtectedMessage, ProtectionParts, ProtectionPolicy } from './policy/contract.ts';

export type {
  EncryptedAction,
  Fallback,
  NoticeLanguage,
  ProtectedMessage,
  ProtectionAction,
  ProtectionParts,
  ProtectionPolicy,
  ProtectionRecord,
  Sealing,
  SignedAction,
  SignerRecord,
  SignerVerdict,
} from './policy/contract.ts';

/** Nothing that is protected is edited. */
export const defaultPolicy: ProtectionPolicy = {
  signed: ['skip'],
  encrypted: ['skip'],
  resignAs: 'sender',
  gateway: null,
  severalSigners: 'skip',
  rekeyUnsigned: false,
  language: 'from-message',
  wording: null,
  limit: null,
};

/**
 * Decides how a message may be edited. Verifies first.
 *
 * LIMIT: being built: everything protected is skipped so far.
 *
 * @param message as it is, earlier edits of its header included
 */
export async function openProtected(
  message: OpenMessage,
  edits: readonly MessageEdit[],
  policy: ProtectionPolicy,
  parts: ProtectionParts,
): Promise<ProtectedMessage> {
  const { checkEdits } = await import('./smime.ts');
  const checked = checkEdits(message, edits);
  if (checked.kind === 'apply') return { kind: 'plain' };
  const [action = 'skip'] = policy.signed;
  const record = {
    action: 'skip',
    reason: checked.reason,
    fallbacks: action === 'skip' ? [] : [{ action, reason: 'not built yet' }],
    signers: [],
    verifiedAt: parts.now(),
    authenticationResults: null,
  } as const;
  return { kind: 'skip', record };
}
