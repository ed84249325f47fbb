import { isLimitName, type LimitName } from '../limits.ts';

/** What an isolate sends; read with suspicion, because a sink may have broken the code that wrote it. */
export type OutboxItem =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'fault'; readonly id: number; readonly code: 'threw' | 'answer' | 'limit'; readonly text: string }
  | {
      readonly kind: 'call';
      readonly id: number;
      /** 0 for a line of log, which waits for no answer. */
      readonly ordinal: number;
      readonly name: string;
      readonly args: readonly unknown[];
    }
  /** A limit was reached so often; `id` 0 where no single event did. */
  | { readonly kind: 'over'; readonly id: number; readonly limit: LimitName; readonly count: number }
  | { readonly kind: 'console'; readonly level: string; readonly text: string };

/** @returns null when the text is not what the bridge inside an isolate writes */
export function readOutbox(text: string): readonly OutboxItem[] | null {
  try {
    const items: unknown = JSON.parse(text);
    if (!Array.isArray(items)) return null;
    const read: OutboxItem[] = [];
    for (const item of items) {
      const one = readItem(item);
      if (!one) return null;
      read.push(one);
    }
    return read;
  } catch {
    return null;
  }
}

function readItem(item: unknown): OutboxItem | null {
  if (!Array.isArray(item)) return null;
  const [kind, id, third, fourth, fifth]: readonly unknown[] = item;
  if (typeof id !== 'number') return null;
  if (kind === 0) return { kind: 'answer', id, value: third };
  if (kind === 1 && (third === 'threw' || third === 'answer' || third === 'limit') && typeof fourth === 'string')
    return { kind: 'fault', id, code: third, text: fourth };
  if (kind === 2 && typeof third === 'number' && typeof fourth === 'string' && Array.isArray(fifth))
    return { kind: 'call', id, ordinal: third, name: fourth, args: fifth };
  if (kind === 3 && typeof third === 'string' && typeof fourth === 'string')
    return { kind: 'console', level: third, text: fourth };
  if (kind === 4 && typeof third === 'string' && isLimitName(third) && typeof fourth === 'number')
    return { kind: 'over', id, limit: third, count: fourth };
  return null;
}
