import type { MessageData, Protection } from '../../sdk/message.ts';
import { bufferOf } from './content.ts';
import { dataOf } from './data.ts';
import { decodedText } from './decoded.ts';
import { applyEdit, type MessageEdit, type Renamed } from './edit/apply.ts';
import type { Change, State } from './edit/outcome.ts';
import { sizeNow, writeDraft, writeDraftInTurns } from './edit/writer.ts';
import { indexMessage } from './index/indexer.ts';
import type { Defect, Part } from './part.ts';

export type { MessageEdit } from './edit/apply.ts';
export type { Change } from './edit/outcome.ts';

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
  /**
   * Applies the edits in order to what earlier calls left; all of them, or none. Paths are those of `data` before the
   * call, whatever the edits before in the same call did to the tree.
   *
   * @param largest octets the message may grow to; one that is larger already does not grow at all
   */
  edit(edits: readonly MessageEdit[], largest?: number): EditReport;
  /** The newest text/plain form, decoded, flowed lines joined, lines ending in `\n`; null when there is none or it cannot be decoded. */
  text(): string | null;
  /** The same for text/html: its source. */
  html(): string | null;
  /** The newest octets; the very octets it was opened with while nothing was edited. */
  write(): Uint8Array;
  /** The same, and the event loop turns while large octets are copied. Nothing is to be edited meanwhile. */
  writeInTurns(): Promise<Uint8Array>;
};

/**
 * Opens a message: indexes the octets once and copies nothing. Never throws, whatever they are.
 *
 * @param octets must not be changed while the message is in use
 */
export function openMessage(octets: Uint8Array): OpenMessage {
  const buffer = bufferOf(octets);
  const { root, defects, limit } = indexMessage(buffer);
  const draft = { octets: buffer, lineEnd: lineEndOf(buffer), journal: new Map() };
  let state: State = { draft, root };
  let written: Uint8Array | null = octets;
  const write = (): Uint8Array => (written ??= writeDraft(state.draft));

  return {
    octets,
    root,
    defects,
    limit,
    write,
    writeInTurns: async () => (written ??= await writeDraftInTurns(state.draft)),
    data: (protection) => dataOf(state.draft, state.root, sizeNow(state.draft), protection),
    edit(edits, largest = Infinity) {
      if (limit !== null) return edits.map(() => ({ kind: 'skipped', reason: `message has ${limit}` }));
      const { report, state: next } = applyAll(state, edits);
      const size = next === state ? 0 : sizeNow(next.draft);
      if (size > Math.max(largest, octets.length)) return edits.map(() => tooLarge(size, largest));
      if (next !== state) written = null;
      state = next;
      return report;
    },
    text: () => decodedText(state.draft, state.root, 'plain'),
    html: () => decodedText(state.draft, state.root, 'html'),
  };
}

const tooLarge = (size: number, largest: number): EditOutcome => ({
  kind: 'skipped',
  reason: `the message would have ${size} octets, and ${largest} are allowed (SIZE, RFC 1870)`,
});

function lineEndOf(octets: Buffer): string {
  const first = octets.indexOf(0x0a);
  return first > 0 && octets[first - 1] !== 0x0d ? '\n' : '\r\n';
}

type Result = { readonly report: EditReport; readonly state: State };

function applyAll(state: State, edits: readonly MessageEdit[]): Result {
  const report: EditOutcome[] = [];
  let current = state;
  let renamed: Renamed = null;
  for (const edit of edits) {
    const applied = applyEdit(current, edit, renamed);
    if (applied.kind === 'skipped') return { report: refuseAll(edits, edit, applied.reason), state };
    report.push(outcomeOf(applied.changes));
    current = applied.state;
    renamed = renameAll(renamed, applied.names);
  }
  return { report, state: current };
}

/** Old names, through two changes. */
function renameAll(before: Renamed, now: Renamed): Renamed {
  if (!before || !now) return before ?? now;
  const names = [...before].flatMap(([old, between]) => {
    const name = now.get(between);
    return name === undefined ? [] : [[old, name] as const];
  });
  return new Map(names);
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
