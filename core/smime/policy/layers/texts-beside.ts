import { createHash } from 'node:crypto';
import { bufferOf } from '../../../message/content.ts';
import { readEntity } from '../../../message/entity.ts';
import { openMessage, type MessageEdit } from '../../../message/message.ts';
import { refused, type Refused } from './layer.ts';

export type TextEdit = Extract<MessageEdit, { readonly kind: 'insert-text' }>;

/**
 * Puts texts beside a protected message: below it, or above where they are wanted before it.
 *
 * @param octets a multipart/mixed whose last part gives way to them
 * @returns no octet in between is another than before
 */
export function putTexts(octets: Uint8Array, texts: readonly TextEdit[]): Uint8Array | Refused {
  const [above, below] = [true, false].map((isBefore) =>
    entityOf(
      texts.filter(({ position }) => (position === 'before') === isBefore),
      octets,
    ),
  );
  const bad = [above, below].find((one) => one && 'kind' in one);
  if (bad && 'kind' in bad) return bad;
  const { root } = openMessage(octets);
  const [first, last] = [root.parts[0], root.parts.at(-1)];
  if (!first || !last || root.boundary === null) return noPlace;
  const all = bufferOf(octets);
  const isLf = all.indexOf('\r\n') < 0;
  const write = (entity: Uint8Array): Buffer =>
    isLf ? Buffer.from(bufferOf(entity).toString('latin1').replaceAll('\r\n', '\n'), 'latin1') : bufferOf(entity);
  const delimiter = write(Buffer.from(`\r\n--${root.boundary}\r\n`, 'latin1'));
  const before = root.parts.at(-2) ?? first;
  return Buffer.concat([
    all.subarray(0, first.header.from),
    ...(above instanceof Uint8Array ? [write(above), delimiter] : []),
    ...(below instanceof Uint8Array
      ? [all.subarray(first.header.from, last.header.from), write(below)]
      : [all.subarray(first.header.from, before.body.to)]),
    all.subarray(last.body.to),
  ]);
}

const noPlace = refused('there is no place for the text beside the message');

/** A part with the texts; null when there are none. */
function entityOf(texts: readonly TextEdit[], octets: Uint8Array): Uint8Array | Refused | null {
  if (texts.length === 0) return null;
  const footer = openMessage(emptyFooter(texts, octets));
  const edits = texts.map((text): TextEdit => ({ ...text, position: 'after' }));
  const skipped = footer.edit(edits).find((outcome) => outcome.kind === 'skipped');
  if (skipped?.kind === 'skipped') return refused(skipped.reason);
  return readEntity(openMessage(footer.write()), '') ?? noPlace;
}

const headOf = (form: string): string =>
  `Content-Type: text/${form}; charset=us-ascii\r\nContent-Disposition: inline\r\n\r\n`;

/** A message with as many forms as the texts have, and nothing in them: edits do the rest. */
function emptyFooter(texts: readonly TextEdit[], octets: Uint8Array): Buffer {
  const forms = (['plain', 'html'] as const).filter((form) => texts.some((text) => text[form] !== ''));
  const [only = 'plain', second] = forms;
  if (!second) return Buffer.from(headOf(only));
  const boundary = createHash('sha256')
    .update(octets.subarray(0, 65_536))
    .update(`footer ${texts[0]?.position ?? ''}`)
    .digest('hex')
    .slice(0, 40);
  const parts = forms.map((form) => `--${boundary}\r\n${headOf(form)}\r\n`);
  return Buffer.from(
    `Content-Type: multipart/alternative; boundary="${boundary}"\r\n\r\n${parts.join('')}--${boundary}--\r\n`,
  );
}
