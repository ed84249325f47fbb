import type { EditOf, EditKind } from '../../../sdk/edits.ts';
import { isNamed, type HeaderLine } from '../fields.ts';
import type { Part } from '../part.ts';
import { formatField, refuseName } from './field.ts';
import { appendLine, change, linesOf, type Draft } from './journal.ts';
import { offsetNow } from './writer.ts';
import type { Applied } from './outcome.ts';

/** Edits of header fields of the message. */
export type HeaderEdit = EditOf<Extract<EditKind, 'prepend-field' | 'append-field' | 'set-field' | 'remove-fields'>>;

/** Applies one edit to the header of the message; fields it does not name keep their octets. */
export function applyHeaderEdit(draft: Draft, root: Part, edit: HeaderEdit): Applied {
  const lines = linesOf(draft, root);
  if (edit.kind === 'remove-fields') {
    const refused = refuseName(edit.name);
    if (refused !== null) return { kind: 'skipped', reason: refused };
    const index = lines.findIndex((line) => isNamed(line, edit.name));
    return done(draft, root, { lines, index, next: lines.filter((line) => !isNamed(line, edit.name)) });
  }
  const field = formatField(edit.name, edit.value, draft.lineEnd);
  if (field.kind === 'bad') return { kind: 'skipped', reason: field.reason };
  const line: HeaderLine = { name: edit.name, octets: field.octets };
  if (edit.kind === 'set-field') return done(draft, root, setLine(lines, line, draft.lineEnd));
  const index = edit.kind === 'append-field' ? lines.length : afterEnvelopeLine(lines);
  const next = edit.kind === 'append-field' ? appendLine(lines, line, draft.lineEnd) : lines.toSpliced(index, 0, line);
  return done(draft, root, { lines, index, next });
}

type Change = { readonly lines: readonly HeaderLine[]; readonly next: readonly HeaderLine[]; readonly index: number };

function setLine(lines: readonly HeaderLine[], line: HeaderLine, lineEnd: string): Change {
  const index = lines.findIndex(({ name }) => name !== null && isNamed(line, name));
  if (index < 0) return { lines, index: lines.length, next: appendLine(lines, line, lineEnd) };
  const others = lines.filter((old, at) => at > index && !isNamed(old, line.name ?? ''));
  return { lines, index, next: [...lines.slice(0, index), line, ...others] };
}

/** An mbox line, `From ann@…`, stays the first of the file. */
function afterEnvelopeLine(lines: readonly HeaderLine[]): number {
  const first = lines[0];
  return first?.name === null && /^>?From /.test(first.octets.toString('latin1', 0, 6)) ? 1 : 0;
}

function done(draft: Draft, root: Part, { lines, next, index }: Change): Applied {
  const kept = new Set(next);
  const had = new Set(lines);
  const removed = sizeOf(lines.filter((line) => !kept.has(line)));
  const added = sizeOf(next.filter((line) => !had.has(line)));
  const before = sizeOf(lines.slice(0, index < 0 ? lines.length : index));
  const at = offsetNow(draft, root.header.from) + before;
  return {
    kind: 'done',
    draft: change(draft, root, { lines: next }),
    changes: [{ part: root.path, at, added, removed }],
  };
}

const sizeOf = (lines: readonly HeaderLine[]): number => lines.reduce((sum, { octets }) => sum + octets.length, 0);
