import type { Fault, FaultCode } from '../errors.ts';
import type { PendingCall } from './call.ts';
import { limits } from './capabilities/limits.ts';
import { logCall } from './capabilities/names.ts';
import { createLogBudget } from './log-budget.ts';
import type { OutboxItem } from './outbox.ts';
import type { HostAnswer } from './replay.ts';
import type { StackReader } from './stack.ts';

export type IntakeParts = {
  readonly calls: ReadonlyMap<number, PendingCall>;
  readonly stack: StackReader;
  /** An answer to a host call, as text for the isolate. */
  readonly onReply: (call: PendingCall, text: string) => void;
  /** A line of log no single event wrote. */
  readonly onLog: (level: string, text: string) => void;
  readonly faultOf: (code: FaultCode, call: PendingCall, context?: Fault['context']) => Fault;
};

/** Does what an isolate asks for: answers settle calls, host calls are made, log is written, all within the limits. */
export type Intake = (item: OutboxItem, touched: readonly PendingCall[]) => void;

export function createIntake({ calls, stack, onReply, onLog, faultOf }: IntakeParts): Intake {
  const budget = createLogBudget((text) => onLog('warn', text));

  const reply = async (of: PendingCall, ordinal: number, answer: Promise<HostAnswer>): Promise<void> => {
    const run = of.runs;
    const { ok, text } = await answer;
    if (of.isSettled || of.runs !== run) return;
    of.inFlight -= 1;
    onReply(of, `[${ok ? 1 : 2},${of.id},${ordinal},${text}]`);
  };
  const call = (of: PendingCall, { ordinal, name, args }: OutboxItem & { readonly kind: 'call' }): void => {
    if (ordinal === 0) {
      if (name === logCall && budget.take(JSON.stringify(args).length)) log(of, args);
      return;
    }
    of.made += 1;
    of.inFlight += 1;
    if (of.made > limits.hostCalls || of.inFlight > limits.inFlight)
      return of.fail(faultOf('sandbox.limit', of, { limit: 'host calls' }));
    void reply(of, ordinal, of.memo.answer(ordinal, name, args));
  };
  const fault = (of: PendingCall, { code, text }: OutboxItem & { readonly kind: 'fault' }): void => {
    if (code === 'limit') return of.fail(faultOf('sandbox.limit', of, { limit: text }));
    const { text: error, at } = stack.read(text);
    const where = at ? { at: `${at.file}:${at.line}:${at.column}` } : {};
    of.fail(faultOf(code === 'threw' ? 'sandbox.threw' : 'sandbox.answer', of, { ...where, error }));
  };
  const print = (level: string, text: string, only: PendingCall | null): void => {
    if (!budget.take(text.length)) return;
    if (only) log(only, [level, text, {}]);
    else onLog(level, text);
  };
  return (item, touched) => {
    if (item.kind === 'console')
      return print(item.level, item.text, touched.length === 1 ? (touched[0] ?? null) : null);
    const of = calls.get(item.id);
    if (!of) return;
    if (item.kind === 'call') return call(of, item);
    // The isolate is done with it: there is nothing to forget there.
    of.frame = 0;
    if (item.kind === 'answer') of.answer(item.value);
    else fault(of, item);
  };
}

/** A line of log has no answer; a host function that refuses it has its reasons. */
function log({ host }: PendingCall, args: readonly unknown[]): void {
  Promise.try(host, logCall, args).catch(() => undefined);
}
