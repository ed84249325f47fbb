import { specOf } from '../../../sdk/catalogue.ts';
import type { Decision } from '../../../sdk/decisions.ts';
import { editKinds, type Edit } from '../../../sdk/edits.ts';
import { asFault, type Fault } from '../../errors.ts';
import { readAnswer } from '../answer.ts';
import type { DispatchParts } from '../verdict.ts';
import type { BoundEvent } from '../generation.ts';
import type { MessageEdit } from '../subject.ts';
import type { Course } from './course.ts';
import { recordCall, type Edited } from './record.ts';
import { standIn } from './stand-in.ts';

/** What one binding made of an event; with a `fault` the decision is that of its `onFault`. */
export type Answered = { readonly decision: Decision; readonly fault: Fault | null };

/**
 * Asks one binding and applies what it answers. Decision and edits arrive together: whatever goes wrong, in the sink
 * or in applying its message edits, none of its edits has been applied.
 */
export async function askBinding(parts: DispatchParts, bound: BoundEvent, course: Course): Promise<Answered> {
  const start = performance.now();
  try {
    const decision = readAnswer(course.event, await callBinding(parts, bound, course));
    const edited = applyDecision(parts, course, decision);
    recordCall(parts, { bound, course, start, decision, edited, fault: null });
    return { decision, fault: null };
  } catch (cause) {
    const fault = asFault(cause);
    const decision = standIn(bound, fault, course.event);
    recordCall(parts, { bound, course, start, decision, edited: null, fault });
    return { decision, fault };
  }
}

/** Tells one binding; its answer is ignored. @returns why it failed, null when it did not */
export async function tellBinding(parts: DispatchParts, bound: BoundEvent, course: Course): Promise<Fault | null> {
  const start = performance.now();
  try {
    await callBinding(parts, bound, course);
    recordCall(parts, { bound, course, start, decision: null, edited: null, fault: null });
    return null;
  } catch (cause) {
    const fault = asFault(cause);
    recordCall(parts, { bound, course, start, decision: null, edited: null, fault });
    return fault;
  }
}

function callBinding({ callSink }: DispatchParts, bound: BoundEvent, course: Course): Promise<unknown> {
  const { binding, deadline } = bound;
  const { event, subject } = course;
  return callSink({
    binding,
    event,
    payload: course.wireFor(bound),
    deadline,
    cpu: specOf(event).cpu,
    message: subject.message ?? null,
    traceId: subject.traceId,
  });
}

function applyDecision(parts: DispatchParts, course: Course, decision: Decision): Edited | null {
  const edits: readonly Edit[] = 'edits' in decision ? decision.edits : [];
  const ofMessage = edits.filter(isMessageEdit);
  const edited = ofMessage.length === 0 ? null : editMessage(parts, course, ofMessage);
  if (decision.kind === 'redirect') course.redirect(decision.recipients);
  if (edits.length > ofMessage.length) course.apply(edits.filter((edit) => !isMessageEdit(edit)));
  return edited;
}

function editMessage({ checkEdits }: DispatchParts, course: Course, edits: readonly MessageEdit[]): Edited {
  const { message } = course.subject;
  if (!message) return { kind: 'skip', reason: 'there is no message' };
  const checked = checkEdits(message, edits);
  return checked.kind === 'skip' ? checked : { kind: 'apply', outcomes: course.editMessage(message, edits) };
}

const messageEdits: ReadonlySet<string> = new Set([...editKinds.header, ...editKinds.body]);

function isMessageEdit(edit: Edit): edit is MessageEdit {
  return messageEdits.has(edit.kind);
}
