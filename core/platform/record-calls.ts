import { createHash } from 'node:crypto';
import { specOf, type EventName } from '../../sdk/catalogue.ts';
import type { Decision } from '../../sdk/decisions.ts';
import { editKinds, type Edit } from '../../sdk/edits.ts';
import { asFault } from '../errors.ts';
import { readAnswer } from '../events/answer.ts';
import type { CallSink } from '../events/dispatch.ts';
import type { RecordOptions, Trace } from '../telemetry/telemetry.ts';

/** What a sink said to an event: a decision (null when it was only told), or how it failed. */
export type RecordedAnswer =
  | { readonly kind: 'decision'; readonly decision: object | null }
  | { readonly kind: 'fault'; readonly code: string; readonly error: string };

type Parts = {
  readonly trace: Pick<Trace, 'keep'>;
  readonly redact: (text: string) => string;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

/** Octets of one payload and of one message; what is longer is not recorded. */
const most = { payload: 256 * 2 ** 10, message: 2 ** 20 };

/**
 * Records what sinks are asked and answer. Their loading and unloading is no part of it: a replay loads them anyway.
 *
 * LIMIT: the octets are those the message had before the edits of this chain of sinks.
 *
 * @param options null: nothing is recorded, and calls cost nothing more
 */
export function recordCalls(callSink: CallSink, options: RecordOptions | null, parts: Parts): CallSink {
  if (options === null) return callSink;
  const { bodies } = options;
  return async (call) => {
    if (specOf(call.event).from.some((source) => source === 'lifetime')) return await callSink(call);
    const payload = parts.redact(JSON.stringify(call.payload));
    if (payload.length > most.payload) return await callSink(call);
    const { binding, event, traceId, message } = call;
    const octets = bodies && message && message.octets.length <= most.message ? message.octets : null;
    const keep = (answer: RecordedAnswer): void =>
      parts.trace.keep({
        traceId,
        at: parts.now(),
        event,
        binding: binding.key,
        sink: binding.sink,
        revision: binding.revision.hash,
        payload,
        answer: parts.redact(JSON.stringify(answer)),
        octets: 'message' in specOf(event).payload ? octets : null,
      });
    try {
      const answer = await callSink(call);
      keep(answerOf(event, answer, bodies));
      return answer;
    } catch (thrown) {
      keep(failureOf(thrown));
      throw thrown;
    }
  };
}

/** What a sink answered, as it is recorded and compared. @param bodies whether texts it puts into messages may be kept */
export function answerOf(event: EventName, answer: unknown, bodies: boolean): RecordedAnswer {
  if (specOf(event).kind === 'tell') return { kind: 'decision', decision: null };
  try {
    const decision = readAnswer(event, answer);
    return { kind: 'decision', decision: bodies ? decision : withoutBodies(decision) };
  } catch (thrown) {
    return failureOf(thrown);
  }
}

/** How a call failed: the fault, and the sink's own words. */
export function failureOf(thrown: unknown): RecordedAnswer {
  const { code, context } = asFault(thrown);
  return { kind: 'fault', code, error: String(context['error'] ?? context['problem'] ?? '').slice(0, 2_000) };
}

const bodyEdits: ReadonlySet<string> = new Set(editKinds.body);

/** What is put into a body may quote the body: only that it is the same or another is kept. */
function withoutBodies(decision: Decision): object {
  if (!('edits' in decision)) return decision;
  return { ...decision, edits: decision.edits.map((edit) => (bodyEdits.has(edit.kind) ? digested(edit) : edit)) };
}

function digested(edit: Edit): object {
  const digest = createHash('sha256').update(JSON.stringify(edit)).digest('hex').slice(0, 16);
  return { kind: edit.kind, ...('path' in edit && { path: edit.path }), digest };
}
