import type { EditableMessage } from '../events/dispatch.ts';
import { openMessage } from '../message/message.ts';
import { checkEdits, protectionOf } from '../smime/smime.ts';

/** A message on trial: the message room's model, on this thread. */
export type TrialMessage = EditableMessage & { write(): Uint8Array };

let last = 0;

/** LIMIT: what is signed or encrypted is left as it is: a trial has no keys, so it tries no policy. */
export function openTrialMessage(octets: Uint8Array): TrialMessage {
  const model = openMessage(octets);
  return {
    id: `trial-${(last += 1)}`,
    octets,
    data: () => model.data(protectionOf(model).protection),
    edit(edits) {
      const checked = checkEdits(model, edits);
      return checked.kind === 'skip' ? checked : { kind: 'apply', outcomes: model.edit(edits) };
    },
    seal: () => null,
    text: () => model.text(),
    html: () => model.html(),
    write: () => model.write(),
  };
}
