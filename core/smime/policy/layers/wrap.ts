import { createHash } from 'node:crypto';
import { putEntity, readEntity } from '../../../message/entity.ts';
import { openMessage, type EditReport, type MessageEdit, type OpenMessage } from '../../../message/message.ts';
import { isHeaderEdit, touchedPart } from '../touched.ts';
import { refused, type Layer, type Refused, type Target } from './layer.ts';

/**
 * The protected message stays as it is, octet for octet, inside a multipart/mixed; texts go into a part after it.
 *
 * LIMIT: a text wanted before the message stands below it, too.
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

/** What was added is below everything; a field of the header is the header's. */
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
  const below = texts.length > 0 ? putTexts(message.write(), texts) : message.write();
  if (!(below instanceof Uint8Array)) return below;
  if (added.length === 0) return { kind: 'composed', octets: below };
  const last = openMessage(below);
  const refusal = last.edit(added).find((outcome) => outcome.kind === 'skipped');
  return refusal?.kind === 'skipped' ? refused(refusal.reason) : { kind: 'composed', octets: last.write() };
}

type TextEdit = Extract<MessageEdit, { readonly kind: 'insert-text' }>;

function textOf(edit: MessageEdit): readonly TextEdit[] {
  if (edit.kind === 'insert-text') return [{ ...edit, position: 'after' }];
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

function putTexts(octets: Uint8Array, texts: readonly TextEdit[]): Uint8Array | Refused {
  const tree = openMessage(octets);
  const last = tree.root.parts.at(-1);
  const footer = openMessage(emptyFooter(texts, octets));
  const skipped = footer.edit(texts).find((outcome) => outcome.kind === 'skipped');
  if (skipped?.kind === 'skipped') return refused(skipped.reason);
  const entity = readEntity(openMessage(footer.write()), '');
  const put = last && entity && putEntity(tree, last.path, entity);
  return put ?? refused('the text cannot be put below the message');
}

const headOf = (form: string): string =>
  `Content-Type: text/${form}; charset=us-ascii\r\nContent-Disposition: inline\r\n\r\n`;

/** A message with as many forms as the texts have, and nothing in them: edits do the rest. */
function emptyFooter(texts: readonly TextEdit[], octets: Uint8Array): Buffer {
  const forms = (['plain', 'html'] as const).filter((form) => texts.some((text) => text[form] !== ''));
  const [only = 'plain', second] = forms;
  if (!second) return Buffer.from(headOf(only));
  const boundary = createHash('sha256').update(octets.subarray(0, 65_536)).update('footer').digest('hex').slice(0, 40);
  const parts = forms.map((form) => `--${boundary}\r\n${headOf(form)}\r\n`);
  return Buffer.from(
    `Content-Type: multipart/alternative; boundary="${boundary}"\r\n\r\n${parts.join('')}--${boundary}--\r\n`,
  );
}
