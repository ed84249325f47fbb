import { openMessage, type MessageEdit, type OpenMessage } from '../../message/message.ts';
import { protectedParts } from '../smime.ts';
import { isHeaderEdit, touchedPart } from './touched.ts';

/**
 * An opened message that may still hold protected parts the first edits did not touch: edits of later bindings that
 * would are skipped.
 */
export function guard(message: OpenMessage): OpenMessage {
  if (protectedParts(message).length === 0) return message;
  return {
    ...message,
    edit(edits) {
      const what = refuse(message, edits);
      return what === null ? message.edit(edits) : edits.map(() => ({ kind: 'skipped', reason: what }));
    },
  };
}

function refuse(message: OpenMessage, edits: readonly MessageEdit[]): string | null {
  if (edits.every(isHeaderEdit)) return null;
  const written = message.write();
  const touched = touchedPart(written === message.octets ? message : openMessage(written), edits);
  return touched && `${touched.protection}: ${touched.what} at ${touched.part.path || 'the top'} was not opened`;
}
