import type { ProtectionPolicy } from './policy/contract.ts';

export type { ProtectedMessage, ProtectionParts, ProtectionPolicy, Sealing, SignerRecord } from './policy/contract.ts';
export { openProtected } from './policy/open-protected.ts';

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
