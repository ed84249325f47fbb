import { specOf } from '../../../sdk/catalogue.ts';
import type { Decision } from '../../../sdk/decisions.ts';
import { editKinds, type Edit } from '../../../sdk/edits.ts';
import { reply } from '../../../sdk/reply.ts';
import { asFault, type Fault } from '../../errors.ts';
import { readAnswer } from '../answer.ts';
import type { DispatchParts } from '../verdict.ts';
import type { BoundEvent } from '../generation.ts';
import type { Edited, MessageEdit } from '../subject.ts';
import type { Course } from './course.ts';
import { recordCall } from './record.ts';
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
    const answer = readAnswer(course.event, await callBinding(parts, bound, course));
    const editing = editMessage(course, answer, bound);
    const edited = editing instanceof Promise ? await editing : editing; // no turn lost for mail nobody signed
    const decision = edited?.kind === 'reject' ? refuseProtected(edited.reason) : answer;
    if (decision === answer) applyOthers(course, decision);
    if (edited?.kind === 'apply') course.editors.push(bound);
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
    client: clientOf(course),
    traceId: subject.traceId,
  });
}

/** As SPF looks at it: the client is that of the message, also when the event comes later. */
function clientOf({ subject: { session }, payload: { envelope } }: Course) {
  if (!session || !envelope) return null;
  return { address: session.remote.address, helo: session.ehlo ?? '', reversePath: envelope.reversePath };
}

/** Null when the answer edits no message. What only this binding's policy turns into a refusal needs an event that can refuse. */
function editMessage(course: Course, answer: Decision, { binding }: BoundEvent): Edited | Promise<Edited> | null {
  const edits = editsOf(answer).filter(isMessageEdit);
  if (edits.length === 0) return null;
  const { message } = course.subject;
  if (!message) return { kind: 'skip', reason: 'there is no message' };
  const edited = course.editMessage(message, edits, binding);
  const mayRefuse = specOf(course.event).decisions.includes('reject');
  return edited instanceof Promise && !mayRefuse ? edited.then(withoutRefusal) : edited;
}

const withoutRefusal = (edited: Edited): Edited => (edited.kind === 'reject' ? { ...edited, kind: 'skip' } : edited);

/** Of the text of a reply. */
const longestReply = 400;

/** RFC 3463 §3.7: 6.2 of the content class is "conversion required and prohibited". */
function refuseProtected(reason: string): Decision {
  const text = `Not taken, since it would have to be changed: ${reason}`.slice(0, longestReply);
  return { kind: 'reject', reply: reply(554, '6.2', text) };
}

function applyOthers(course: Course, decision: Decision): void {
  const others = editsOf(decision).filter((edit) => !isMessageEdit(edit));
  if (decision.kind === 'redirect') course.redirect(decision.recipients);
  if (others.length > 0) course.apply(others);
}

const noEdits: readonly Edit[] = Object.freeze([]);

function editsOf(decision: Decision): readonly Edit[] {
  return 'edits' in decision ? decision.edits : noEdits;
}

const messageEdits: ReadonlySet<string> = new Set([...editKinds.header, ...editKinds.body]);

function isMessageEdit(edit: Edit): edit is MessageEdit {
  return messageEdits.has(edit.kind);
}
