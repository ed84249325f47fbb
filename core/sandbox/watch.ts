import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import type { FrameLog } from './frames.ts';

const megabyte = 1024 * 1024;
const page = 4096;
/** What a host may hold, octets: a start, each isolate, and twice the messages in it (octets and text). */
const memory = { start: 512 * megabyte, isolate: 8 * megabyte };
/** A host that the machine gives no CPU is not stuck; after this many times its wall it is, all the same. */
const patience = 5;

type Held = { readonly opened: { readonly size: number }; readonly bodies: ReadonlyMap<number, number> };

/** Watches one host process from outside, because nothing inside it can be trusted to. Looks only; the caller kills. */
export type Watch = Disposable & {
  /** @returns why the host must end; null while all is well */
  check(held: Held): string | null;
};

/**
 * The acknowledgement clock is wall time. On a busy machine wall time passes without the host having had the CPU, so
 * a frame over its wall is overdue only when the host used half of that time, or when it is over it five times.
 *
 * LIMIT: reads /proc; elsewhere only the plain acknowledgement clock holds.
 */
export function createWatch(pid: number, frames: FrameLog): Watch {
  const statm = openStatm(pid);
  const text = Buffer.alloc(128);
  let noticed = { number: 0, waited: 0, cpu: 0 };

  const resident = (): number => {
    if (statm === null) return 0;
    try {
      return Number(text.toString('latin1', 0, readSync(statm, text, 0, text.length, 0)).split(' ')[1]) * page;
    } catch {
      return 0;
    }
  };
  const overdue = (): string | null => {
    const first = frames.first(performance.now());
    if (!first) return null;
    if (first.number !== noticed.number) noticed = { number: first.number, waited: first.waited, cpu: cpuOf(pid) };
    if (first.waited <= first.wall) return null;
    const share = (cpuOf(pid) - noticed.cpu) / Math.max(1, first.waited - noticed.waited);
    if (share < 0.5 && first.waited < patience * first.wall) return null;
    return `no answer for ${Math.round(first.waited)} ms, ${Math.round(first.wall)} allowed`;
  };
  return {
    check({ opened, bodies }) {
      const octets = [...bodies.values()].reduce((sum, size) => sum + size, 0);
      const allowed = memory.start + opened.size * memory.isolate + 2 * octets;
      const used = resident();
      if (used > allowed)
        return `${Math.round(used / megabyte)} MB of memory, ${Math.round(allowed / megabyte)} allowed`;
      return overdue();
    },
    [Symbol.dispose]() {
      if (statm !== null) closeSync(statm);
    },
  };
}

function openStatm(pid: number): number | null {
  try {
    return openSync(`/proc/${pid}/statm`, 'r');
  } catch {
    return null;
  }
}

/** CPU time of all threads of a process in milliseconds, in steps of ten; infinite where there is no /proc. */
function cpuOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [user, system] = fields
      .slice(fields.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13);
    return 10 * (Number(user) + Number(system));
  } catch {
    return 0;
  }
}
