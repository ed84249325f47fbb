import type { EditKind, EditOf } from '../../sdk/edits.ts';
import type { MessageData, Protection } from '../../sdk/message.ts';
import { bufferOf } from './content.ts';
import { dataOf } from './data.ts';
import { decodedText } from './decoded.ts';
import { applyHeaderEdit } from './edit/header-edit.ts';
import { applyInsertText } from './edit/insert-text.ts';
import type { Draft } from './edit/journal.ts';
import type { Applied, Change } from './edit/outcome.ts';
import { findTargets } from './edit/targets.ts';
import { sizeNow, writeDraft } from './edit/writer.ts';
import { indexMessage } from './index/indexer.ts';
import type { Defect, Part } from './part.ts';

export type { Change } from './edit/outcome.ts';

/** The edits a message understands; the others are about the envelope or the session. */
export type MessageEdit = EditOf<
  Extract<EditKind, 'prepend-field' | 'append-field' | 'set-field' | 'remove-fields' | 'insert-text'>
>;

/** What became of one edit. Octets are counted in the message as the edit found it. */
export type EditOutcome =
  | {
      readonly kind: 'done';
      /** Path of the first part changed; absent when it is the header of the message. */
      readonly part?: string;
      /** Where the first change begins. */
      readonly at: number;
      /** Octets of all changes together. */
      readonly added: number;
      readonly removed: number;
      /** One for each header and body touched. */
      readonly changes: readonly Change[];
    }
  | { readonly kind: 'skipped'; readonly reason: string };

/** One outcome for each edit, in order. Either all are `done` or all are `skipped`. */
export type EditReport = readonly EditOutcome[];

/** A message: its octets, what the index found in them, and the edits so far. */
export type OpenMessage = {
  /** As it arrived. */
  readonly octets: Uint8Array;
  /** As it arrived; `data` tells of the newest state. */
  readonly root: Part;
  readonly defects: readonly Defect[];
  /** Why the message is too large or too deep to be edited, in words; null when it is not. */
  readonly limit: string | null;
  /** Header and tree with the edits so far applied. */
  data(protection: Protection): MessageData;
  /** Applies the edits in order to what earlier calls left; all of them, or none. */
  edit(edits: readonly MessageEdit[]): EditReport;
  /** The newest text/plain form, decoded, flowed lines joined, lines ending in `\n`; null when there is none or it cannot be decoded. */
  text(): string | null;
  /** The same for text/html: its source. */
  html(): string | null;
  /** The newest octets; the very octets it was opened with while nothing was edited. */
  write(): Uint8Array;
};

/**
 * Opens a message: indexes the octets once and copies nothing. Never throws, whatever they are.
 *
 * @param octets must not be changed while the message is in use
 */
export function openMessage(octets: Uint8Array): OpenMessage {
  const buffer = bufferOf(octets);
  const { root, defects, limit } = indexMessage(buffer);
  let draft: Draft = { octets: buffer, lineEnd: lineEndOf(buffer), journal: new Map() };
  let written: Uint8Array | null = octets;
  const write = (): Uint8Array => (written ??= writeDraft(draft));

  return {
    octets,
    root,
    defects,
    limit,
    write,
    data: (protection) => dataOf(draft, root, sizeNow(draft), protection),
    edit(edits) {
      if (limit !== null) return edits.map(() => ({ kind: 'skipped', reason: `message has ${limit}` }));
      const { report, draft: next } = applyAll(draft, root, edits);
      if (next !== draft) written = null;
      draft = next;
      return report;
    },
    text: () => decodedText(draft, root, 'plain'),
    html: () => decodedText(draft, root, 'html'),
  };
}

function lineEndOf(octets: Buffer): string {
  const first = octets.indexOf(0x0a);
  return first > 0 && octets[first - 1] !== 0x0d ? '\n' : '\r\n';
}

type Result = { readonly report: EditReport; readonly draft: Draft };

function applyAll(draft: Draft, root: Part, edits: readonly MessageEdit[]): Result {
  const report: EditOutcome[] = [];
  let current = draft;
  for (const edit of edits) {
    const applied = apply(current, root, edit);
    if (applied.kind === 'skipped') return { report: refuseAll(edits, edit, applied.reason), draft };
    report.push(outcomeOf(applied.changes));
    current = applied.draft;
  }
  return { report, draft: current };
}

function apply(draft: Draft, root: Part, edit: MessageEdit): Applied {
  if (edit.kind === 'insert-text') return applyInsertText(draft, findTargets(root), edit);
  return applyHeaderEdit(draft, root, edit);
}

function refuseAll(edits: readonly MessageEdit[], bad: MessageEdit, reason: string): EditReport {
  return edits.map((edit) => ({ kind: 'skipped', reason: edit === bad ? reason : `with ${bad.kind}: ${reason}` }));
}

function outcomeOf(changes: readonly Change[]): EditOutcome {
  const sum = (count: (change: Change) => number): number => changes.reduce((all, change) => all + count(change), 0);
  const [first] = changes;
  return {
    kind: 'done',
    ...(first && first.part !== '' ? { part: first.part } : {}),
    at: first?.at ?? 0,
    added: sum(({ added }) => added),
    removed: sum(({ removed }) => removed),
    changes,
  };
}
