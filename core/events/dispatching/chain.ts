import type { Decision } from '../../../sdk/decisions.ts';
import type { Fault } from '../../errors.ts';
import { fold, foldTable, unopposed, type Standing } from '../fold.ts';
import type { BoundEvent, Generation } from '../generation.ts';
import type { AnyPayload, Facts } from '../subject.ts';
import type { AnyVerdict, DispatchParts, Missed } from '../verdict.ts';
import { askBinding } from './call.ts';
import { openCourse, type Course, type Occasion } from './course.ts';
import { recordSeal } from './record.ts';

/** Who made a decision: a binding, by its answer or by its fault. */
type By = { readonly bound: BoundEvent; readonly fault: Fault | null };

const noEdits: readonly never[] = Object.freeze([]);
const noTags: AnyVerdict['tags'] = Object.freeze({});

/** Asks the bindings that match, in this order; when none does, resolves at once and nothing is built. */
export function runChain(parts: DispatchParts, bound: readonly BoundEvent[], occasion: Occasion): Promise<AnyVerdict> {
  if (bound.length === 0) return Promise.resolve(untouched(unopposed.decision, occasion.payload));
  const course = openCourse(occasion);
  const first = bound.findIndex((one) => isMatch(one, course));
  if (first < 0) return Promise.resolve(untouched(unopposed.decision, occasion.payload));
  return askInTurn(parts, bound.slice(first), course, occasion.payload);
}

/** The bindings of a generation that an event goes to, as things stand. */
export function matchingOf(generation: Generation, course: Course): readonly BoundEvent[] {
  const bound = generation.bindings(course.subject.virtualServer.id, course.event);
  return bound.filter((one) => isMatch(one, course));
}

/** Whether a binding is asked about an event, as things stand. */
export function isMatch({ rule }: BoundEvent, facts: Facts): boolean {
  return rule === null || rule.matches(facts);
}

/** Rules are asked when their turn comes: the edits of earlier sinks count. */
async function askInTurn(
  parts: DispatchParts,
  bound: readonly BoundEvent[],
  course: Course,
  before: AnyPayload,
): Promise<AnyVerdict> {
  let standing: Standing<By> = unopposed;
  const missed: Missed[] = [];

  for (const one of bound) {
    if (!isMatch(one, course)) continue;
    const { decision, fault } = await askBinding(parts, one, course);
    if (fault && decision.kind === 'next') missed.push({ binding: one.binding, fault });
    const folded = fold(standing, decision, { bound: one, fault });
    standing = folded.standing;
    if (!folded.goesOn) break;
  }
  const sealing = foldTable[standing.decision.kind].keepsEdits ? course.subject.message?.seal() : null;
  if (sealing) missed.push(...recordSeal(parts, course, await sealing));
  return { ...verdictOf(standing, course, before), missed };
}

function verdictOf({ decision, by }: Standing<By>, course: Course, before: AnyPayload): AnyVerdict {
  const who = { by: by?.bound.binding ?? null, fault: by?.fault ?? null };
  if (!foldTable[decision.kind].keepsEdits) return { ...untouched(decision, before), ...who };
  const { payload, edits, tags } = course;
  return { decision: afterEdits(decision, payload), payload, edits, tags, missed: noEdits, ...who };
}

/** A later sink may have changed where a redirected message or recipient goes. */
function afterEdits(decision: Decision, { recipient, envelope }: AnyPayload): Decision {
  if (decision.kind !== 'redirect') return decision;
  const { recipients } = decision;
  const now = recipient === undefined ? envelope?.recipients : [recipient, ...recipients.slice(1)];
  return { ...decision, recipients: now ?? recipients };
}

function untouched(decision: Decision, payload: AnyPayload): AnyVerdict {
  return { decision, by: null, edits: noEdits, payload, tags: noTags, missed: noEdits, fault: null };
}
