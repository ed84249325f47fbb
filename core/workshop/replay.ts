import { isDeepStrictEqual } from 'node:util';
import { isEventName } from '../../sdk/catalogue.ts';
import { createWorld, type World } from '../../sdk/testing/testing.ts';
import type { OpenedMessage } from '../platform/editable-message.ts';
import { answerOf, failureOf, type RecordedAnswer } from '../platform/record-calls.ts';
import type { RecordedEvent } from '../telemetry/telemetry.ts';
import { openTrial, type Trial } from './trial.ts';
import { openTrialMessage } from './trial-message.ts';

/** Recorded events of one binding, and the sink they are run against. */
export type ReplayOptions = {
  /** Holds `sink.ts`. */
  readonly folder: string;
  /** `settings`, `grants` … as in the binding. */
  readonly binding: Readonly<Record<string, unknown>>;
  /** Oldest first. */
  readonly events: readonly RecordedEvent[];
  /** Whether they were recorded with bodies. */
  readonly bodies: boolean;
  /** What host calls answer, by name: `{ 'http.get': { kind: 'response', status: 200, headers: {}, body: '' } }`. */
  readonly answers: Readonly<Record<string, unknown>>;
};

/** One event, then and now. `refused`: host calls that a replay does not make. */
export type Run = Pick<RecordedEvent, 'traceId' | 'at' | 'event' | 'binding' | 'revision'> & {
  readonly before: RecordedAnswer;
  readonly now: RecordedAnswer;
  readonly differs: boolean;
  readonly refused: readonly string[];
};

/** What came of it, or why the sink does not load. */
export type ReplayReport =
  | { readonly kind: 'problems'; readonly problems: readonly string[] }
  | { readonly kind: 'replayed'; readonly version: string; readonly hash: string; readonly runs: readonly Run[] };

/**
 * Asks the sink as it is now what was asked before, in the real sandbox, one event after the other.
 *
 * Nothing leaves it: `kv` is empty at first and forgotten, the clock stands at the time of the event, `submit` queues
 * nothing, text and octets of a message are those recorded, and every other host call answers as `answers` says, or
 * is refused by name.
 */
export async function replay({ folder, binding, events, bodies, answers }: ReplayOptions): Promise<ReplayReport> {
  const opened = await openTrial({
    folder,
    binding,
    host: () => async (name) => {
      throw new RangeError(`there is no ${name} while a sink loads for a replay`);
    },
  });
  if (opened.kind === 'problems') return opened;
  await using trial = opened.trial;
  const world = createWorld();
  const runs: Run[] = [];
  for (const event of events) runs.push(await runOne(trial, event, { bodies, answers, world }));
  return { kind: 'replayed', version: trial.manifest.version, hash: trial.hash, runs };
}

type Around = Pick<ReplayOptions, 'bodies' | 'answers'> & { readonly world: World };

async function runOne(trial: Trial, recorded: RecordedEvent, around: Around): Promise<Run> {
  const { traceId, at, event, binding, revision, octets } = recorded;
  around.world.advance(at - around.world.now);
  const message = octets && (await openTrialMessage(octets));
  const refused = new Set<string>();
  const before = readAnswer(recorded.answer);
  const now = await askAgain(trial, recorded, createHost(around, message, refused), around.bodies);
  const differs = !isDeepStrictEqual(verdictOf(before), verdictOf(now));
  return { traceId, at, event, binding, revision, before, now, differs, refused: [...refused] };
}

type Host = (name: string, args: readonly unknown[]) => Promise<unknown>;

async function askAgain(
  trial: Trial,
  { event, payload, octets }: RecordedEvent,
  host: Host,
  bodies: boolean,
): Promise<RecordedAnswer> {
  if (!isEventName(event) || !trial.manifest.events.includes(event))
    return { kind: 'fault', code: 'sink.unknown', error: `the sink no longer handles ${event}` };
  try {
    return answerOf(event, await trial.ask({ event, payload: JSON.parse(payload), octets, host }), bodies);
  } catch (thrown) {
    return failureOf(thrown);
  }
}

function createHost({ answers, world }: Around, message: OpenedMessage | null, refused: Set<string>): Host {
  const own = /^(?:kv|clock|submit)\./;
  return async (name, args) => {
    if (name === 'log.write') return undefined;
    if (Object.hasOwn(answers, name)) return answers[name];
    if (message && name === 'message.text') return await message.text();
    if (message && name === 'message.html') return await message.html();
    if (own.test(name)) return world.call(name, args, null);
    refused.add(name);
    if (name.startsWith('message.')) throw new RangeError('the octets of this message were not recorded');
    throw new RangeError('not made in a replay');
  };
}

/** What was recorded by another version of Sluice may be anything. */
function readAnswer(json: string): RecordedAnswer {
  const said: unknown = JSON.parse(json);
  if (typeof said === 'object' && said !== null && 'kind' in said) {
    if (said.kind === 'decision' && 'decision' in said && typeof said.decision === 'object')
      return { kind: 'decision', decision: said.decision };
    if (said.kind === 'fault' && 'code' in said && 'error' in said)
      return { kind: 'fault', code: String(said.code), error: String(said.error) };
  }
  return { kind: 'fault', code: 'internal.bug', error: 'what was recorded cannot be read' };
}

/** What counts: a note explains a decision and a text explains a failure; neither is what becomes of the mail. */
function verdictOf(answer: RecordedAnswer): unknown {
  if (answer.kind === 'fault') return { fault: answer.code };
  return answer.decision && { ...answer.decision, note: undefined };
}
