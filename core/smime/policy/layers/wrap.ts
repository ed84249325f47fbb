import { openMessage, type EditReport, type MessageEdit, type OpenMessage } from '../../../message/message.ts';
import { isHeaderEdit, touchedPart } from '../touched.ts';
import { putTexts, type TextEdit } from './texts-beside.ts';
import { refused, type Layer, type Refused, type Target } from './layer.ts';

/**
 * The protected message stays as it is, octet for octet, inside a multipart/mixed; texts go into a part before or after
 * it, as they say.
 */
export function openWrap({ message, edits }: Target): Layer | Refused {
  const tried = compose(message, edits);
  if (tried.kind === 'refused') return tried;
  return {
    kind: 'layer',
    message: createWrapped(message, edits, tried),
    edits,
    isDecrypted: false,
    close: async (octets) => ({ kind: 'sealed', octets }),
  };
}

type Composed = { readonly kind: 'composed'; readonly octets: Uint8Array };

/** A message whose edits go around it. @param tried what the first edits give */
function createWrapped(original: OpenMessage, first: readonly MessageEdit[], tried: Composed): OpenMessage {
  let done: readonly MessageEdit[] = [];
  let now = original;
  return {
    octets: original.octets,
    root: original.root,
    defects: original.defects,
    limit: original.limit,
    data: (protection) => now.data(protection),
    text: () => now.text(),
    html: () => now.html(),
    write: () => now.octets,
    writeInTurns: async () => now.octets,
    edit(edits) {
      const composed = edits === first && done.length === 0 ? tried : compose(original, [...done, ...edits]);
      if (composed.kind === 'refused') return edits.map(() => ({ kind: 'skipped', reason: composed.reason }));
      const report = reportOf(now, edits, composed.octets);
      done = [...done, ...edits];
      now = openMessage(composed.octets);
      return report;
    },
  };
}

/** What was added is around everything; a field of the header is the header's. */
function reportOf({ octets, root }: OpenMessage, edits: readonly MessageEdit[], after: Uint8Array): EditReport {
  const grown = after.length - octets.length;
  return edits.map((edit, index) => {
    const at = isHeaderEdit(edit) ? root.header.from : root.body.to;
    const change = { part: root.path, at, added: index === 0 ? Math.max(grown, 0) : 0, removed: 0 };
    return { kind: 'done', at, added: change.added, removed: 0, changes: [change] };
  });
}

/** All the edits around the message. */
function compose(original: OpenMessage, edits: readonly MessageEdit[]): Composed | Refused {
  const message = openMessage(original.octets);
  const forHeader = edits.filter(isHeaderEdit);
  if (touchedPart(message, forHeader)) return refused('an edit is of a protected header field');
  if (edits.some(({ kind }) => kind === 'replace-part' || kind === 'remove-part'))
    return refused('a protected message in a wrapper keeps its parts');
  const texts = edits.flatMap(textOf);
  const added = edits.filter(({ kind }) => kind === 'add-part');
  const failed = [...message.edit(forHeader), ...(texts.length > 0 ? message.edit([placeholder]) : [])].find(
    (outcome) => outcome.kind === 'skipped',
  );
  if (failed?.kind === 'skipped') return refused(failed.reason);
  const around = texts.length > 0 ? putTexts(message.write(), texts) : message.write();
  if (!(around instanceof Uint8Array)) return around;
  if (added.length === 0) return { kind: 'composed', octets: around };
  const last = openMessage(around);
  const refusal = last.edit(added).find((outcome) => outcome.kind === 'skipped');
  return refusal?.kind === 'skipped' ? refused(refusal.reason) : { kind: 'composed', octets: last.write() };
}

function textOf(edit: MessageEdit): readonly TextEdit[] {
  if (edit.kind === 'insert-text') return [edit];
  return edit.kind === 'wrap' ? [{ kind: 'insert-text', position: 'after', plain: '', html: edit.html }] : [];
}

/** Gives way to the texts. */
const placeholder: MessageEdit = {
  kind: 'add-part',
  part: {
    type: 'text/plain',
    content: { kind: 'text', text: '' },
    charset: 'us-ascii',
    disposition: 'inline',
    filename: null,
  },
};
