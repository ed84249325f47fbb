import type { Capabilities, capabilities, CapabilityName } from '../../sdk/capabilities.ts';
import type { Grants, GrantOf } from './options.ts';

/** The binding whose sink calls, as far as capabilities care; every `Binding` is one. */
export type Caller = {
  /** `<virtual server>/<sink>/<name>`. */
  readonly key: string;
  readonly virtualServer: string;
  readonly sink: string;
  readonly name: string;
  readonly revision: { readonly hash: string };
  /** What it may use: asked for by the sink, granted by the administrator. */
  readonly grants: Grants;
};

/** The client that handed a message over, and the reverse-path it gave. */
export type Client = {
  readonly address: string;
  /** `''` before EHLO. */
  readonly helo: string;
  readonly reversePath: string;
};

/** The event whose sink calls. */
export type HostCallSubject = {
  readonly binding: Caller;
  readonly event: string;
  readonly traceId: string;
  /** Null where the event carries none. */
  readonly message: {
    /** As the chain found them. */
    readonly octets: Uint8Array;
    text(): string | null | Promise<string | null>;
    html(): string | null | Promise<string | null>;
    /** With the edits so far; null while that is not known. Left out: as the chain found them. */
    newest?(): Uint8Array | null | Promise<Uint8Array | null>;
  } | null;
  /** Whom the message is from, as SMTP knows it; null where it came another way. */
  readonly client?: Client | null;
  /** Milliseconds the event has, host calls included. */
  readonly deadline: number;
};

/** One call: what it is about, and what the binding grants of this capability. */
export type HostCall<N extends CapabilityName> = HostCallSubject & {
  readonly grant: GrantOf<N>;
  /** Epoch milliseconds: nobody waits for the answer any more. */
  readonly until: number;
};

/** Answered where the message is, in the sandbox. */
type Elsewhere = 'octets';
type MethodOf<N extends CapabilityName> = Exclude<(typeof capabilities)[N]['methods'][number], Elsewhere>;
type AnswerOf<N extends CapabilityName, M> = M extends keyof Capabilities[N]
  ? Capabilities[N][M] extends (...args: never) => infer Answer
    ? Awaited<Answer>
    : unknown
  : unknown;
/** What is answered in place of nothing. */
type Sent<Answer> = [Answer] extends [void] ? null : Answer;

/**
 * The host side of one capability: a function for each method in the SDK's table, which reads its arguments anew
 * (a sink may have sent anything) and answers with JSON.
 *
 * @throws RangeError with a text the sink may read; z.ZodError for arguments that are none
 */
export type Capability<N extends CapabilityName> = {
  readonly [M in MethodOf<N>]: (
    call: HostCall<N>,
    args: readonly unknown[],
  ) => Sent<AnswerOf<N, M>> | Promise<Sent<AnswerOf<N, M>>>;
};
