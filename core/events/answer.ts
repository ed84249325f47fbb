import { z } from 'zod';
import { specOf, type EventName } from '../../sdk/catalogue.ts';
import type { Decision } from '../../sdk/decisions.ts';
import { Fault } from '../errors.ts';
import { decisionSchema } from './answers/schema.ts';

/** By far the most frequent answer: made once. */
const plainNext: Decision = Object.freeze({ kind: 'next', edits: Object.freeze([]) });

/**
 * Reads what came out of the sandbox. A sink is not trusted, not even to return the right shape: what is too long, has
 * unknown keys, contradicts itself or is not allowed by the event is refused as a whole and never coerced.
 *
 * @throws Fault `sandbox.answer`; its context tells the sink's author what is wrong
 */
export function readAnswer(event: EventName, answer: unknown): Decision {
  if (isPlainNext(answer)) return plainNext;
  if (answer === undefined || answer === null) {
    throw refused(event, 'the handler returned nothing; end it with `return next();`');
  }
  if (typeof answer !== 'object')
    throw refused(event, `the handler returned a ${typeof answer}; return a decision: ${waysOf(event)}`);
  const read = decisionSchema.safeParse(answer);
  if (!read.success) throw refused(event, `${problemsOf(read.error)}; decisions are made with ${waysOf(event)}`);
  const illegal = whatIsIllegal(event, read.data);
  if (illegal !== null) throw refused(event, illegal);
  return read.data;
}

function isPlainNext(answer: unknown): boolean {
  if (typeof answer !== 'object' || answer === null || !('kind' in answer) || !('edits' in answer)) return false;
  const isEmpty = Array.isArray(answer.edits) && answer.edits.length === 0;
  return answer.kind === 'next' && isEmpty && Object.keys(answer).length === 2;
}

function whatIsIllegal(event: EventName, decision: Decision): string | null {
  const { decisions, edits } = specOf(event);
  if (!decisions.includes(decision.kind)) {
    return `${event} does not allow ${decision.kind}; it allows ${decisions.join(', ')}`;
  }
  const stray = 'edits' in decision ? decision.edits.find(({ kind }) => !edits.includes(kind)) : undefined;
  return stray ? `${event} does not allow the edit ${stray.kind}; it allows ${edits.join(', ') || 'none'}` : null;
}

/** `next(), reject(…)`: the functions of the SDK that make what the event allows. */
const waysOf = (event: EventName): string =>
  specOf(event)
    .decisions.map((kind) => (kind === 'next' || kind === 'accept' ? `${kind}()` : `${kind}(…)`))
    .join(', ');

const most = 5;

/** Paths and expectations only: zod repeats no value, and values are mail. */
function problemsOf({ issues }: z.ZodError): string {
  const shown = issues.slice(0, most).map(({ path, message }) => {
    const where = z.core.toDotPath(path);
    return where === '' ? message : `${where}: ${message}`;
  });
  return [...shown, ...(issues.length > most ? [`and ${issues.length - most} more`] : [])].join('; ');
}

function refused(event: EventName, problem: string): Fault {
  return new Fault('sandbox.answer', { event, problem });
}
