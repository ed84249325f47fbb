import type { Fault, FaultCode } from '../errors.ts';
import type { LimitName, Limits } from '../limits.ts';
import type { PendingCall } from './call.ts';
import { logCall } from './capabilities/names.ts';
import type { LimitHit } from './contract.ts';
import { createLogBudget } from './log-budget.ts';
import type { OutboxItem } from './outbox.ts';
import type { HostAnswer } from './replay.ts';
import type { StackReader } from './stack.ts';

export type IntakeParts = {
  readonly calls: ReadonlyMap<number, PendingCall>;
  readonly stack: StackReader;
  readonly limits: Limits;
  /** An answer to a host call, as text for the isolate. */
  readonly onReply: (call: PendingCall, text: string) => void;
  /** A line of log no single event wrote. */
  readonly onLog: (level: string, text: string) => void;
  /** A limit was met no single event is known to have met. */
  readonly onLimit: (hit: LimitHit) => void;
  readonly faultOf: (code: FaultCode, call: PendingCall, context?: Fault['context']) => Fault;
};

/** Does what an isolate asks for: answers settle calls, host calls are made, log is written, all within the limits. */
export type Intake = {
  /** @param size characters the isolate sent for it, about */
  take(item: OutboxItem, touched: readonly PendingCall[], size: number): void;
  /** The tenant goes: says what was left out of its log. */
  end(): void;
};

/** Characters; an isolate that sends more at once has each host call measured, others what it is on average. */
const measured = 64 * 1024;

export function createIntake(parts: IntakeParts): Intake {
  const { calls, stack, limits, onReply, onLog, onLimit, faultOf } = parts;
  const budget = createLogBudget(limits.log, (count) => onLimit({ limit: 'log', allowed: limits.log, count }));

  const reply = (of: PendingCall, ordinal: number, run: number, { ok, text }: HostAnswer): void => {
    if (of.isSettled || of.runs !== run) return;
    of.inFlight -= 1;
    onReply(of, `[${ok ? 1 : 2},${of.id},${ordinal},${text}]`);
  };
  const refuse = (of: PendingCall, limit: LimitName): void =>
    of.fail(faultOf('sandbox.limit', of, { limit, allowed: allowedBy(limits, limit) }));
  const call = (of: PendingCall, item: OutboxItem & { readonly kind: 'call' }, size: number): void => {
    const { ordinal, name, args } = item;
    if (ordinal === 0) {
      if (name === logCall && budget.take(JSON.stringify(args).length)) log(of, args);
      return;
    }
    of.made += 1;
    of.inFlight += 1;
    of.sent += size > measured ? JSON.stringify(args).length : size;
    const over = overOf(of, limits);
    if (over) return refuse(of, over);
    const { runs } = of;
    void of.memo.answer(ordinal, name, args, runs > 1).then((answer) => reply(of, ordinal, runs, answer));
  };
  const fault = (of: PendingCall, { code, text }: OutboxItem & { readonly kind: 'fault' }): void => {
    if (code === 'limit') return refuse(of, 'outbox');
    if (text.length >= limits.errorText)
      (of.parts.onLimit ?? onLimit)({ limit: 'errorText', allowed: limits.errorText, count: 1 });
    const { text: error, at } = stack.read(text);
    const where = at ? { at: `${at.file}:${at.line}:${at.column}` } : {};
    of.fail(faultOf(code === 'threw' ? 'sandbox.threw' : 'sandbox.answer', of, { ...where, error }));
  };
  const print = (level: string, text: string, only: PendingCall | null): void => {
    if (!budget.take(text.length)) return;
    if (only) log(only, [level, text, {}]);
    else onLog(level, text);
  };
  const over = ({ id, limit, count }: OutboxItem & { readonly kind: 'over' }): void => {
    if (limit === 'log') budget.miss(Math.min(Math.max(1, Math.floor(count)), 1e9));
    else (calls.get(id)?.parts.onLimit ?? onLimit)({ limit, allowed: allowedBy(limits, limit), count: 1 });
  };
  return {
    end: () => budget.end(),
    take(item, touched, size) {
      if (item.kind === 'over') return over(item);
      if (item.kind === 'console')
        return print(item.level, item.text, touched.length === 1 ? (touched[0] ?? null) : null);
      const of = calls.get(item.id);
      if (!of) return;
      if (item.kind === 'call') return call(of, item, size);
      // The isolate is done with it: there is nothing to forget there.
      of.frame = 0;
      if (item.kind === 'answer') of.answer(item.value);
      else fault(of, item);
    },
  };
}

/** A line of log has no answer; a host function that refuses it has its reasons. */
function log({ parts: { host } }: PendingCall, args: readonly unknown[]): void {
  Promise.try(host, logCall, args).catch(() => undefined);
}

const allowedBy = (limits: Limits, limit: LimitName): number => (limit === 'cpu' ? limits.cpuMost : limits[limit]);

/** Which limit the host calls of an event are over: checked inside already, where a sink may have broken the check. */
function overOf({ made, inFlight, sent }: PendingCall, limits: Limits): LimitName | null {
  if (made > limits.hostCalls) return 'hostCalls';
  if (inFlight > limits.inFlight) return 'inFlight';
  return sent > 2 * limits.outbox + measured ? 'outbox' : null;
}
