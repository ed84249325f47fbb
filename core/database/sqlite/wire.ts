import { inspect } from 'node:util';
import { Fault, isFaultCode } from '../../errors.ts';

/** What a database thread is started with. */
export type Start = {
  readonly role: 'writer' | 'reader';
  readonly file: string;
  readonly contents: string;
  readonly operations: readonly string[];
  /** Tests only: the database refuses to grow beyond it, as a full disk would. */
  readonly maxPages: number | null;
};

/** One operation to run. `name` is `part.operation`. */
export type Call = { readonly id: number; readonly name: string; readonly input: unknown };

export type Answer =
  | { readonly kind: 'done'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly fault: WireFault };

/** From the main thread: a list of calls, or null to close. */
export type ToThread = readonly Call[] | null;

export type FromThread =
  | { readonly kind: 'ready'; readonly names: readonly string[] }
  | { readonly kind: 'refused'; readonly fault: WireFault }
  | { readonly kind: 'answers'; readonly answers: readonly Answer[] }
  | { readonly kind: 'trouble'; readonly fault: WireFault };

/** A Fault on its way between threads: an Error does not keep its fields there. */
export type WireFault = {
  readonly code: string;
  readonly context: Fault['context'];
  readonly cause: string | null;
};

export function writeFault({ code, context, cause }: Fault): WireFault {
  return { code, context, cause: cause === undefined ? null : inspect(cause) };
}

export function readFault({ code, context, cause }: WireFault): Fault {
  return new Fault(isFaultCode(code) ? code : 'internal.bug', context, cause === null ? undefined : new Error(cause));
}
