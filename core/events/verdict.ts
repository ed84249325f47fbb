import type { AskName, EventName, Payload } from '../../sdk/catalogue.ts';
import type { Decision } from '../../sdk/decisions.ts';
import type { Edit } from '../../sdk/edits.ts';
import type { Fault } from '../errors.ts';
import type { TraceEntry } from '../telemetry/trace.ts';
import type { Binding } from './binding.ts';
import type { AnyPayload, EditableMessage } from './subject.ts';

/** Runs a sink somewhere safe; the sandbox does. Rejects with a Fault `sandbox.*`, and keeps to deadline and CPU. */
export type CallSink = (call: {
  readonly binding: Binding;
  readonly event: EventName;
  /** Payload and context, plain JSON. */
  readonly payload: object;
  /** Milliseconds, host calls included. */
  readonly deadline: number;
  /** Milliseconds of CPU. */
  readonly cpu: number;
  readonly message: EditableMessage | null;
  /** The client of the session and the reverse-path; null or left out where there is none. */
  readonly client?: { readonly address: string; readonly helo: string; readonly reversePath: string } | null;
  readonly traceId: string;
}) => Promise<unknown>;

/** A payload without the message: that comes with the subject. */
export type BarePayload<E extends EventName> = Omit<Payload<E>, 'message'>;

/** A binding that failed and that mail went past (`onFault: next`). */
export type Missed = { readonly binding: Binding; readonly fault: Fault };

/**
 * What all sinks together decided. Message edits are in the subject's message already, and count unless the decision is
 * `reject`, `defer`, `discard`, `disconnect` or `badmail`: then the message goes on as it was before the chain.
 */
export type Verdict<E extends AskName> = {
  /** Of a `redirect`: the recipients after later edits. */
  readonly decision: Decision;
  /** Whose decision it is; null when nobody had an opinion. */
  readonly by: Binding | null;
  /** Accepted edits that are not of the message, in order: what `payload` and `tags` come from. */
  readonly edits: readonly Edit[];
  /** With all edits applied. */
  readonly payload: BarePayload<E>;
  readonly tags: Readonly<Record<string, string>>;
  readonly missed: readonly Missed[];
  /** Not null: `decision` stands in for the answer of `by`, which failed. */
  readonly fault: Fault | null;
};

/** A verdict, for code that treats all events alike. */
export type AnyVerdict = Omit<Verdict<AskName>, 'payload'> & { readonly payload: AnyPayload };

/** What the dispatcher works with. */
export type DispatchParts = {
  readonly callSink: CallSink;
  record(entry: TraceEntry): void;
  /** Told every fault of a sink, beside the trace: for the log. */
  report?(fault: Fault, at: { readonly binding: Binding; readonly event: EventName; readonly traceId: string }): void;
  /** Told why edits a good answer asked for were not made: the message is as it was before them. */
  leave?(reason: string, at: { readonly binding: Binding; readonly event: EventName; readonly traceId: string }): void;
  /** Told what a shadow would have decided; `failed`, `left out`. */
  shadow?(binding: Binding, outcome: string): void;
  /** Epoch milliseconds. */
  now(): number;
};
