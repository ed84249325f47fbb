import { specOf, type EventName } from '../catalogue.ts';
import type { Decision, Note } from '../decisions.ts';
import type { Edit } from '../edits.ts';
import type { Protection } from '../message.ts';
import type { Sink, WirePayload } from '../runtime.ts';
import { editsOf, readDecision } from './answer.ts';
import { contextOf, payloadOf, type ContextOptions, type PayloadOptions } from './payloads.ts';
import { createWorld, type HostAnswers, type LogLine, type World } from './world.ts';

/** What a test says beside the payload. */
export type FireOptions = {
  /** As they stand in the binding. */
  readonly settings?: unknown;
  /** Answers to host calls the kit cannot make up: dns, http … */
  readonly host?: HostAnswers;
  /** Keeps `kv` and the clock from one call to the next; a new one when left out. */
  readonly world?: World;
  /** Session, virtual server and the like. */
  readonly context?: ContextOptions;
};

/** What came of an event. */
export type Fired = {
  readonly event: EventName;
  /** Null for an event that is only told. */
  readonly decision: Decision | null;
  readonly edits: readonly Edit[];
  /** What `noted` put beside the decision; null when nothing. */
  readonly note: Note | null;
  readonly log: readonly LogLine[];
  /** Names of the host calls in order, those of the log left out: `kv.get`. */
  readonly calls: readonly string[];
  /** What protects the message; null where the event carries none. */
  readonly protection: Protection | null;
};

/**
 * Gives an event to a sink, in this process: no sandbox, no server, no port, no waiting. Settings, payload and answer
 * go through JSON as they do in Sluice, and the answer is held to what the event allows.
 *
 * @param payload what is left out has a default: `fire(sink, 'onRcpt', { recipient: 'x@example.test' })`
 * @throws Error with the problems of the settings, what the handler throws, or a TypeError for an answer that is no good
 */
export async function fire<E extends EventName>(
  sink: Sink,
  event: E,
  payload: PayloadOptions<E> = {},
  { settings = {}, host, world = createWorld(host), context }: FireOptions = {},
): Promise<Fired> {
  if (!sink.manifest.events.includes(event)) throw new Error(`${sink.manifest.name} does not handle ${event}`);
  const problems = await problemsOf(sink, settings);
  if (problems.length > 0) throw new Error(`settings: ${problems.join('\n')}`);

  const log: LogLine[] = [];
  const calls: string[] = [];
  const built = payloadOf(event, payload);
  const wire: WirePayload = JSON.parse(JSON.stringify({ ...built.payload, ...contextOf(context) }));
  const answer = await sink.runtime.handle(event, wire, async (name, args) => {
    if (name === 'log.write') return void log.push(lineOf(args));
    calls.push(name);
    return overTheWall(await world.call(name, args, built.message));
  });
  const isAsked = specOf(event).kind === 'ask';
  const decision = isAsked ? readDecision(event, overTheWall(answer)) : null;
  const said = { edits: editsOf(decision), note: decision?.note ?? null };
  return { event, decision, ...said, log, calls, protection: built.message?.data.protection ?? null };
}

/** The problems of settings, one line each, as `sluice check` shows them; none when they are good. */
export function problemsOf(sink: Sink, settings: unknown): Promise<readonly string[]> {
  return sink.runtime.configure(overTheWall(settings));
}

function lineOf([level, text, values]: readonly unknown[]): LogLine {
  return { level: String(level), text: String(text), values: typeof values === 'object' ? { ...values } : {} };
}

function overTheWall(value: unknown): unknown {
  return value === undefined ? value : JSON.parse(JSON.stringify(value));
}
