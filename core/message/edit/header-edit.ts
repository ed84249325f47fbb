import type { EditOf, EditKind } from '../../../sdk/edits.ts';
import { isNamed, type HeaderLine } from '../fields.ts';
import type { Part } from '../part.ts';
import { formatField, refuseName } from './field.ts';
import { appendLine, change, headerChanges, linesOf, type Draft } from './journal.ts';
import type { Applied } from './outcome.ts';
import { offsetNow } from './writer.ts';

/** Edits of header fields of the message. */
export type HeaderEdit = EditOf<Extract<EditKind, 'prepend-field' | 'append-field' | 'set-field' | 'remove-fields'>>;

/** Applies one edit to the header of the message; fields it does not name keep their octets. */
export function applyHeaderEdit(draft: Draft, root: Part, edit: HeaderEdit): Applied {
  const lines = linesOf(draft, root);
  if (edit.kind === 'remove-fields') {
    const refused = refuseName(edit.name);
    if (refused !== null) return { kind: 'skipped', reason: refused };
    const next = lines.filter((line) => !isNamed(line, edit.name));
    return done(draft, root, lines, next);
  }
  const field = formatField(edit.name, edit.value, draft.lineEnd);
  if (field.kind === 'bad') return { kind: 'skipped', reason: field.reason };
  const line: HeaderLine = { name: edit.name, octets: field.octets };
  if (edit.kind === 'set-field') return done(draft, root, lines, setLine(lines, line, draft.lineEnd));
  if (edit.kind === 'append-field') return done(draft, root, lines, appendLine(lines, line, draft.lineEnd));
  return done(draft, root, lines, lines.toSpliced(afterEnvelopeLine(lines), 0, line));
}

function setLine(lines: readonly HeaderLine[], line: HeaderLine, lineEnd: string): readonly HeaderLine[] {
  const name = line.name ?? '';
  const index = lines.findIndex((old) => isNamed(old, name));
  if (index < 0) return appendLine(lines, line, lineEnd);
  const later = lines.slice(index + 1).filter((old) => !isNamed(old, name));
  return [...lines.slice(0, index), line, ...later];
}

/** An mbox line, `From ann@…`, stays the first of the file. */
function afterEnvelopeLine(lines: readonly HeaderLine[]): number {
  const first = lines[0];
  return first?.name === null && /^>?From /.test(first.octets.toString('latin1', 0, 6)) ? 1 : 0;
}

type Lines = readonly HeaderLine[];

function done(draft: Draft, root: Part, before: Lines, next: Lines): Applied {
  const start = offsetNow(draft, root.header.from);
  const changes = headerChanges(before, next).map((one) => ({ ...one, part: root.path, at: start + one.at }));
  return { kind: 'done', draft: change(draft, root, { lines: next }), changes };
}
