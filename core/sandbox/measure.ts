import type { Done, Status } from './bridge.ts';
import { limits } from './capabilities/limits.ts';

/** Collects what one pump sends. */
export type PumpOutbox = {
  readonly take: (text: string) => void;
  /** @returns the items as one JSON array, and whether it is more than a pump may send; starts anew */
  readonly empty: () => { readonly text: string; readonly isOver: boolean };
};

/** What is above the bound is not kept; the isolate does not outlive it. */
export function createPumpOutbox(): PumpOutbox {
  let items: string[] = [];
  let size = 0;
  return {
    take(text) {
      size += text.length;
      if (size <= limits.pump) items.push(text);
    },
    empty() {
      const emptied = { text: `[${items.join(',')}]`, isOver: size > limits.pump };
      items = [];
      size = 0;
      return emptied;
    },
  };
}

/** Microseconds of CPU of this thread. `isolate.cpuTime` counts also while the system lets others run (measured). */
function threadTime(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

export type Measured = {
  readonly outbox: PumpOutbox;
  /** Characters of the text of what is unforeseen. */
  readonly errorText: number;
  /** How an engine came to throw. @param reason the text of what it threw */
  readonly endOf: (reason: string) => 'memory' | 'timeout' | 'failed';
};

/** Runs something in an isolate and says how it ended. Never throws: what is unforeseen is `failed`. */
export function measure({ outbox, errorText, endOf }: Measured, what: () => string | null): Done {
  const before = threadTime();
  const cpu = (): number => threadTime() - before;
  try {
    const answer = what();
    const { text, isOver } = outbox.empty();
    return isOver ? { status: 'outbox', cpu: cpu(), text: '[]' } : { status: 'ok', cpu: cpu(), text: answer ?? text };
  } catch (thrown) {
    const { text } = outbox.empty();
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    const status: Status = endOf(reason);
    return { status, cpu: cpu(), text: status === 'failed' ? JSON.stringify(reason.slice(0, errorText)) : text };
  }
}
