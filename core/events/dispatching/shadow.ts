import { specOf } from '../../../sdk/catalogue.ts';
import { asFault } from '../../errors.ts';
import { readAnswer } from '../answer.ts';
import type { BoundEvent } from '../generation.ts';
import type { AnyVerdict, DispatchParts } from '../verdict.ts';
import { isMatch } from './chain.ts';
import { openCourse, type Course, type Occasion } from './course.ts';
import { detailOf } from './record.ts';

/** Shadow calls under way; what comes above it is left out and counted: mail never waits for a shadow. */
const most = 32;

/** What one shadow call is, before anybody is asked: the event as it was when it happened. */
type Shadow = { readonly bound: BoundEvent; readonly payload: object };

/** Asks bindings that only show what they would do. Nothing they answer is applied; nothing waits for them. */
export type Shadows = {
  /** Notes the event as it is now. @returns asks them once what the others made of it is known; null when none matches */
  prepare(bound: readonly BoundEvent[], occasion: Occasion): ((verdict: Promise<AnyVerdict | null>) => void) | null;
};

export function createShadows(parts: DispatchParts): Shadows {
  let underWay = 0;
  const ask = async (shadow: Shadow, course: Course, live: AnyVerdict | null): Promise<void> => {
    if (underWay >= most)
      return noteShadow(parts, { shadow, course, live, outcome: { left: 'too many shadows are under way' } });
    underWay += 1;
    const start = performance.now();
    const outcome = await callShadow(parts, shadow, course).finally(() => (underWay -= 1));
    noteShadow(parts, { shadow, course, live, outcome, ms: performance.now() - start });
  };
  return {
    prepare(bound, occasion) {
      const course = openCourse(occasion);
      const shadows = bound
        .filter((one) => isMatch(one, course))
        .map((one) => ({ bound: one, payload: course.wireFor(one) }));
      if (shadows.length === 0) return null;
      return (verdict) =>
        void verdict
          .catch(() => null)
          .then((live) => setImmediate(() => shadows.forEach((shadow) => void ask(shadow, course, live))));
    },
  };
}

/** What a shadow came to: what it would have decided, why it could not, or that it was not asked. */
type Outcome =
  | { readonly decision: string; readonly said: object }
  | { readonly fault: string; readonly said: object }
  | { readonly left: string };

async function callShadow({ callSink }: DispatchParts, { bound, payload }: Shadow, course: Course): Promise<Outcome> {
  const { event, subject } = course;
  try {
    const answer = await callSink({
      binding: bound.binding,
      event,
      payload,
      deadline: bound.deadline,
      cpu: specOf(event).cpu,
      message: subject.message ?? null,
      traceId: subject.traceId,
    });
    if (specOf(event).kind === 'tell') return { decision: 'told', said: {} };
    const decision = readAnswer(event, answer);
    return { decision: decision.kind, said: saidOf(detailOf({ decision, edited: null, fault: null })) };
  } catch (cause) {
    const fault = asFault(cause);
    return { fault: fault.code, said: saidOf(detailOf({ decision: null, edited: null, fault })) };
  }
}

function saidOf(detail: string): object {
  const said: unknown = detail === '' ? {} : JSON.parse(detail);
  return typeof said === 'object' && said !== null ? said : {};
}

type Noted = {
  readonly shadow: Shadow;
  readonly course: Course;
  readonly live: AnyVerdict | null;
  readonly outcome: Outcome;
  readonly ms?: number;
};

/** One line of the trace, `shadow`, with what it would have done and what was done. */
function noteShadow(parts: DispatchParts, { shadow, course, live, outcome, ms }: Noted): void {
  const { binding } = shadow.bound;
  const { event, subject } = course;
  const { said, ...rest } = { said: {}, ...outcome };
  parts.shadow?.(binding, 'left' in outcome ? 'left out' : 'fault' in outcome ? 'failed' : outcome.decision);
  parts.record({
    traceId: subject.traceId,
    at: parts.now(),
    kind: 'event',
    event,
    virtualServer: subject.virtualServer.id,
    binding: binding.name,
    sink: binding.sink,
    revision: binding.revision.hash,
    decision: 'shadow',
    detail: JSON.stringify({ ...rest, ...said, ...(live && { live: live.decision.kind }) }),
    ms: ms === undefined ? null : Math.round(ms * 1000) / 1000,
  });
}
