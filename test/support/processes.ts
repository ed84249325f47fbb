import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** Processes started by this one and by its children, from /proc (Linux). */
export function descendantsOf(pid: number): readonly number[] {
  const children = tasksOf(pid).flatMap((task) => numbersIn(`/proc/${pid}/task/${task}/children`));
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

/** Waits until none of them runs. @returns those that still do after `patience` ms; empty is good */
export async function untilGone(pids: readonly number[], patience = 5_000): Promise<readonly number[]> {
  for (const last = Date.now() + patience; ; await wait(20)) {
    const left = pids.filter(isRunning);
    if (left.length === 0 || Date.now() > last) return left;
  }
}

/** A zombie has ended: only its parent has not asked yet. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function tasksOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function numbersIn(file: string): readonly number[] {
  try {
    return readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return []; // it ended just now
  }
}
