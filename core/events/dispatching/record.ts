import type { Decision } from '../../../sdk/decisions.ts';
import type { Edit } from '../../../sdk/edits.ts';
import { Fault } from '../../errors.ts';
import type { DispatchParts, Missed } from '../verdict.ts';
import type { BoundEvent } from '../generation.ts';
import type { Edited, ProtectionNote, Sealed } from '../subject.ts';
import type { Course } from './course.ts';

type Call = {
  readonly bound: BoundEvent;
  readonly course: Course;
  /** As `performance.now()` counts. */
  readonly start: number;
  /** Null for what is only told. */
  readonly decision: Decision | null;
  readonly edited: Edited | null;
  readonly fault: Fault | null;
};

/** Notes for `sluice trace` what one binding was asked and what it said. */
export function recordCall(parts: DispatchParts, call: Call): void {
  const { bound, course, start, decision, fault } = call;
  const at = { binding: bound.binding, event: course.event, traceId: course.subject.traceId };
  const left = leftOf(call.edited);
  if (fault) parts.report?.(fault, at);
  if (left !== null) parts.leave?.(left, at);
  if (call.edited?.note) recordProtection(parts, call, call.edited.note);
  parts.record({
    ...entryOf(parts, call),
    event: course.event,
    decision: decision?.kind ?? null,
    detail: detailOf(call),
    ms: Math.round((performance.now() - start) * 1_000) / 1_000,
  });
}

/** Who had protected the message, with what result, and what was decided: a line of its own, before that of the call. */
function recordProtection(parts: DispatchParts, call: Pick<Call, 'bound' | 'course'>, note: ProtectionNote): void {
  const { action, ...said } = note;
  parts.record({
    ...entryOf(parts, call),
    event: 'protection',
    decision: action,
    detail: JSON.stringify(said),
    ms: null,
  });
}

/**
 * Notes that the edits of these bindings are in no message after all: its protection could not be put back.
 *
 * @returns whose edits the message goes on without
 */
export function recordSeal(parts: DispatchParts, course: Course, sealed: Sealed): readonly Missed[] {
  if (sealed.kind === 'sealed') return [];
  for (const bound of course.editors) {
    const at = { binding: bound.binding, event: course.event, traceId: course.subject.traceId };
    parts.leave?.(sealed.reason, at);
    recordProtection(parts, { bound, course }, { action: 'skip', skipped: sealed.reason });
  }
  const fault = new Fault('message.unsealed', { reason: sealed.reason });
  return course.editors.map(({ binding }) => ({ binding, fault }));
}

function entryOf(parts: DispatchParts, { bound: { binding }, course: { subject } }: Pick<Call, 'bound' | 'course'>) {
  return {
    traceId: subject.traceId,
    at: parts.now(),
    kind: 'event',
    virtualServer: subject.virtualServer.id,
    binding: binding.name,
    sink: binding.sink,
    revision: binding.revision.hash,
  } as const;
}

/** JSON with the keys that say something; '' when none does. What was inserted is content, and content is not recorded. */
export function detailOf({ decision, edited, fault }: Pick<Call, 'decision' | 'edited' | 'fault'>): string {
  if (fault) return JSON.stringify({ fault: fault.code, ...fault.context, cause: causeOf(fault) });
  if (decision === null || isPlain(decision)) return '';
  const { kind: _, note, ...said } = decision;
  const edits = 'edits' in said ? { edits: said.edits.map(nameOf) } : {};
  return JSON.stringify({ ...said, ...edits, ...fateOf(edited), ...(note && { note }) });
}

/** Nothing but `next()`. */
const isPlain = (decision: Decision): boolean =>
  decision.kind === 'next' && decision.edits.length === 0 && !decision.stop && !decision.note;

function fateOf(edited: Edited | null): object {
  if (edited === null) return {};
  return edited.kind === 'apply' ? { outcomes: edited.outcomes } : { skipped: edited.reason };
}

/** @returns why edits were left out; null when all were made */
function leftOf(edited: Edited | null): string | null {
  if (edited === null) return null;
  if (edited.kind !== 'apply') return edited.kind === 'skip' ? edited.reason : null;
  const skipped = edited.outcomes.find((outcome) => outcome.kind === 'skipped');
  return skipped?.kind === 'skipped' ? skipped.reason : null;
}

function causeOf({ cause }: Fault): string | undefined {
  return cause instanceof Error ? cause.message.slice(0, 500) : undefined;
}

/** Its kind and what it is about: a name, never a value or a text. */
function nameOf(edit: Edit): string {
  if ('name' in edit) return `${edit.kind} ${edit.name}`;
  if ('address' in edit) return `${edit.kind} ${edit.address}`;
  if ('line' in edit) return `${edit.kind} ${edit.line}`;
  return 'keyword' in edit ? `${edit.kind} ${edit.keyword}` : edit.kind;
}
