import { specOf, type AskName, type EventName, type TellName } from '../../sdk/catalogue.ts';
import type { EventContext } from '../../sdk/context.ts';
import type { Fired, LogLine } from '../../sdk/testing/testing.ts';
import type { Fault } from '../errors.ts';
import type { Binding } from '../events/binding.ts';
import { createDispatcher, type CallSink, type Dispatcher, type Subject } from '../events/dispatch.ts';
import { readAnswer } from '../events/answer.ts';
import type { AnyPayload } from '../events/subject.ts';
import { tenantOf } from '../platform/call-sink.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { TraceEntry } from '../telemetry/telemetry.ts';
import type { OpenedMessage } from '../platform/editable-message.ts';
import { openTrialMessage } from './trial-message.ts';

/** What a host call is about: the binding that makes it, the event, and the message it carries. */
export type TrialCall = {
  readonly binding: Binding;
  readonly event: EventName;
  readonly traceId: string;
  readonly message: OpenedMessage | null;
  /** Milliseconds the event has. */
  readonly deadline: number;
};

/** Answers the host calls of a sink on trial, all but those of the log. */
export type TrialHost = (call: TrialCall) => (name: string, args: readonly unknown[]) => Promise<unknown>;

/** What an event of a trial is about. `octets`: the message; null for none. */
export type TrialEvent = {
  readonly event: EventName;
  /** Without the message. */
  readonly payload: AnyPayload;
  readonly context: EventContext;
  readonly octets: Uint8Array | null;
};

/** Why a sink failed: the code of the fault, what went wrong in words, and where in its source. */
export type Failure = { readonly code: string; readonly text: string; readonly at: string | null };

/** What came of an event in the real sandbox. The decision is what the sink answered: null for one that failed. */
export type Tried = Fired & {
  readonly failure: Failure | null;
  /** Why edits were left out, or the message was refused for their sake; null when all were made. */
  readonly left: string | null;
  /** The message with the edits; the octets it was given when nothing was edited; null where there is none. */
  readonly octets: Uint8Array | null;
  /** Milliseconds, as `sluice trace` would say; null when nobody was asked. */
  readonly ms: number | null;
};

/** Asks one sink about one event at a time, and notes what it does. */
export type TrialDesk = {
  readonly dispatcher: Dispatcher;
  fire(binding: Binding, event: TrialEvent): Promise<Tried>;
};

type Notes = {
  answer: unknown;
  entry: TraceEntry | null;
  fault: Fault | null;
  left: string | null;
  readonly log: LogLine[];
  readonly calls: string[];
};

const blank = (): Notes => ({ answer: null, entry: null, fault: null, left: null, log: [], calls: [] });

/** @param findHandler says where in the source the handler of an event stands */
export function createTrialDesk(
  sandbox: Pick<Sandbox, 'call'>,
  host: TrialHost,
  findHandler: (event: EventName) => string | null,
): TrialDesk {
  let notes = blank();
  let message: OpenedMessage | null = null;

  const callSink: CallSink = async ({ binding, event, payload, deadline, cpu, traceId }) => {
    const answer = host({ binding, event, traceId, message, deadline });
    const isRead = message !== null && binding.revision.manifest.needs.includes('message');
    notes.answer = await sandbox.call({
      tenant: tenantOf(binding),
      event,
      payload,
      deadline,
      cpu,
      octets: isRead && message ? { id: message.id, octets: message.octets } : null,
      async host(name, args) {
        if (name === 'log.write') return void notes.log.push(lineOf(args));
        notes.calls.push(name);
        return await answer(name, args);
      },
    });
    return notes.answer;
  };
  const dispatcher = createDispatcher({
    callSink,
    record: (entry) => void (notes.entry = entry),
    report: (fault) => void (notes.fault = fault),
    leave: (reason) => void (notes.left = reason),
    now: Date.now,
  });

  const anyEvent: AnyEvent = dispatcher;

  return {
    dispatcher,
    async fire(binding, { event, payload, context, octets }) {
      notes = blank();
      message = octets && (await openTrialMessage(octets));
      const protection = message?.data().protection ?? null;
      const subject = subjectOf(binding, context, message);
      if (isAsk(event)) await anyEvent.askOne(binding, event, subject, payload);
      else if (isTell(event)) await anyEvent.tellOne(binding, event, subject, payload);
      const { fault, left, entry, log, calls } = notes;
      const decision = fault === null && isAsk(event) ? readAnswer(event, notes.answer) : null;
      const edits = decision !== null && 'edits' in decision ? decision.edits : [];
      const note = decision?.note ?? null;
      const failure = fault && failureOf(fault, event, findHandler(event));
      const now = message && (await message.write());
      const said = { event, decision, edits, note, log, calls, protection };
      return { ...said, failure, left, octets: now, ms: entry?.ms ?? null };
    },
  };
}

/** The dispatcher for whoever knows the event at run time only. */
type AnyEvent = {
  askOne(binding: Binding, event: AskName, subject: Subject, payload: AnyPayload): Promise<unknown>;
  tellOne(binding: Binding, event: TellName, subject: Subject, payload: AnyPayload): Promise<unknown>;
};

const isAsk = (event: EventName): event is AskName => specOf(event).kind === 'ask';
const isTell = (event: EventName): event is TellName => specOf(event).kind === 'tell';

/** Local: everything at `example.test`, as in the kit's payloads. */
function subjectOf(
  { virtualServer, protocol }: Binding,
  context: EventContext,
  message: OpenedMessage | null,
): Subject {
  return {
    traceId: context.traceId,
    virtualServer: { id: virtualServer, protocol },
    session: context.session,
    source: protocol,
    isLocal: (address) => address.toLowerCase().endsWith('@example.test'),
    ...(message && { message, size: message.octets.length }),
  };
}

/** @param handler where the handler stands: a fault without a place of its own is told there */
function failureOf({ code, message, context }: Fault, event: EventName, handler: string | null): Failure {
  const at = context['at'] === undefined ? handler : String(context['at']);
  const error = context['error'];
  if (code === 'sandbox.cpu') {
    const text = `${event} used more than ${specOf(event).cpu} ms of CPU: look for a loop that does not end`;
    return { code, text, at };
  }
  if (code === 'sandbox.deadline') return { code, text: `${event} took too long: what does it wait for?`, at };
  if (code === 'sandbox.threw' && context['at'] === undefined)
    return { code, text: `${error} (throw new Error('…'), and the line is told; to refuse, return reject('…'))`, at };
  return { code, text: String(error ?? context['problem'] ?? message), at };
}

function lineOf([level, text, values]: readonly unknown[]): LogLine {
  return { level: String(level), text: String(text), values: typeof values === 'object' ? { ...values } : {} };
}
