import type { AskName, Payload } from '../../sdk/catalogue.ts';
import type { EventContext } from '../../sdk/context.ts';
import type { Decision, Note } from '../../sdk/decisions.ts';
import type { Sink, WirePayload } from '../../sdk/runtime.ts';
import { readAnswer } from '../../core/events/answer.ts';
import { sessionOf } from './bindings.ts';

/** What stands in for the host: `message.text` and the like by name; `log.write` lines are gathered by `fire` itself. */
type Host = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;

/** What the binding says, and what the host answers. */
type FireOptions = {
  readonly settings?: unknown;
  readonly host?: Host;
  readonly context?: Partial<EventContext>;
};

type Fired = {
  /** As the dispatcher would read it, without its note. */
  readonly decision: Decision;
  /** Null when there is none. */
  readonly note: Note | null;
  /** Lines of the log: `info: text`. */
  readonly log: readonly string[];
  /** What each line of the log had beside its text. */
  readonly values: readonly unknown[];
  /** Names of the host calls that were made, the log left out. */
  readonly calls: readonly string[];
};

/**
 * Asks a sink in this process, without sandbox and server: settings, payload and answer go through JSON as they
 * would, and the answer through the core's check.
 *
 * @throws Error with the problems of the settings, what the handler throws, or Fault `sandbox.answer`
 */
export async function fire<E extends AskName>(
  sink: Sink,
  event: E,
  payload: Payload<E>,
  { settings = {}, host = {}, context = {} }: FireOptions = {},
): Promise<Fired> {
  const problems = await sink.runtime.configure(overTheWall(settings));
  if (problems.length > 0) throw new Error(problems.join('\n'));

  const log: string[] = [];
  const values: unknown[] = [];
  const calls: string[] = [];
  const wire: WirePayload = JSON.parse(JSON.stringify({ ...payload, ...contextOf(context) }));
  const answer = await sink.runtime.handle(event, wire, async (name, args) => {
    if (name === 'log.write') {
      values.push(overTheWall(args[2]));
      return void log.push(`${String(args[0])}: ${String(args[1])}`);
    }
    calls.push(name);
    const method = host[name];
    if (!method) throw new Error(`the test gives no ${name}`);
    return overTheWall(await method(...args));
  });
  const { note = null, ...decision } = readAnswer(event, overTheWall(answer));
  return { decision, note, log, values, calls };
}

/** The problems of settings, one line each, as the sandbox would report them. */
export function problemsOf(sink: Sink, settings: unknown): Promise<readonly string[]> {
  return sink.runtime.configure(overTheWall(settings));
}

function contextOf(said: Partial<EventContext>): EventContext {
  return {
    traceId: 't1',
    virtualServer: { id: 'mx', protocol: 'smtp' },
    binding: { name: 'default', priority: 24_575 },
    matchedRecipients: null,
    session: sessionOf(),
    ...said,
  };
}

function overTheWall(value: unknown): unknown {
  return value === undefined ? value : JSON.parse(JSON.stringify(value));
}
