import { specOf, type EventName } from '../catalogue.ts';
import type { Decision, DecisionKind } from '../decisions.ts';
import type { Edit } from '../edits.ts';

const kinds: Readonly<Record<DecisionKind, true>> = {
  next: true,
  accept: true,
  reject: true,
  defer: true,
  discard: true,
  drop: true,
  quarantine: true,
  redirect: true,
  disconnect: true,
  badmail: true,
  fork: true,
  reply: true,
};

/**
 * Reads what a handler returned, as Sluice would: what the event does not allow is refused as a whole. The texts of
 * edits are checked by Sluice alone: `fireSandboxed` does that too.
 *
 * @throws TypeError that names the event and what to return instead
 */
export function readDecision(event: EventName, answer: unknown): Decision {
  if (answer === undefined || answer === null)
    throw new TypeError(`${event}: the handler returned nothing; end it with \`return next();\``);
  if (!isDecision(answer))
    throw new TypeError(
      `${event}: the handler returned ${JSON.stringify(answer)?.slice(0, 100)}, which is no decision`,
    );
  const { decisions, edits } = specOf(event);
  if (!decisions.includes(answer.kind))
    throw new TypeError(`${event} does not allow ${answer.kind}; it allows ${decisions.join(', ')}`);
  const stray = editsOf(answer).find(({ kind }) => !edits.includes(kind));
  if (stray)
    throw new TypeError(`${event} does not allow the edit ${stray.kind}; it allows ${edits.join(', ') || 'none'}`);
  return answer;
}

/** The edits of a decision; none where it has none. */
export function editsOf(decision: Decision | null): readonly Edit[] {
  return decision !== null && 'edits' in decision ? decision.edits : [];
}

function isDecision(answer: unknown): answer is Decision {
  if (typeof answer !== 'object' || answer === null || !('kind' in answer)) return false;
  const isWhole = !('edits' in answer) || Array.isArray(answer.edits);
  return typeof answer.kind === 'string' && Object.hasOwn(kinds, answer.kind) && isWhole;
}
