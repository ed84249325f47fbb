import type { MessageEdit, OpenMessage } from '../../message/message.ts';
import type { ProtectedPart } from '../smime.ts';
import type { Fallback, OpenedLayer, ProtectionAction } from './contract.ts';
import type { Close } from './layers/layer.ts';

/** What is to become of a message, with all that protects it. */
export type Outcome =
  | { readonly kind: 'free' }
  | (Decided & { readonly kind: 'skip' | 'reject' })
  | (Decided & {
      readonly kind: 'opened';
      readonly message: OpenMessage;
      readonly edits: readonly MessageEdit[];
      readonly isDecrypted: boolean;
      readonly layers: readonly OpenedLayer[];
      readonly close: Close;
    });

/** What was decided about one protection, and why. */
export type Decided = {
  readonly protection: ProtectedPart['protection'];
  readonly action: ProtectionAction;
  readonly reason: string;
  readonly fallbacks: readonly Fallback[];
};

/** Compressed data needs nobody's leave. */
export const layersOf = ({ protection, action }: Decided): readonly OpenedLayer[] =>
  protection === 'unknown-crypto' ? [] : [{ protection, action }];
