import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import type { FrameLog } from './frames.ts';

const megabyte = 1024 * 1024;
const page = 4096;
/** What a host may hold, octets: a start, each isolate, and twice the messages in it (octets and text). */
const memory = { start: 512 * megabyte, isolate: 8 * megabyte };
/**
 * A host that the machine gives no CPU is not stuck; after this many times its wall it is, all the same, and so it is
 * these milliseconds beyond it: everybody else in it has a deadline of seconds, and may meet two of these in a row.
 */
const patience = { times: 5, beyond: 1000 };

type Held = { readonly opened: { readonly size: number }; readonly bodies: ReadonlyMap<number, number> };

/** Why a host must end. `sink`: the tenant that made it too large; null when it is late, or nobody was seen to. */
export type Over = { readonly reason: string; readonly sink: string | null };

/** Watches one host process from outside, because nothing inside it can be trusted to. Looks only; the caller kills. */
export type Watch = Disposable & {
  /** @returns null while all is well */
  check(held: Held): Over | null;
  /** Octets of memory, as the system counts; 0 where that is not known. */
  resident(): number;
};

/**
 * The acknowledgement clock is wall time. On a busy machine wall time passes without the host having had the CPU, so
 * a frame over its wall is overdue only when the host had half of that time, or when it is far over it.
 *
 * LIMIT: reads /proc; elsewhere only the plain acknowledgement clock holds.
 */
export function createWatch(pid: number, frames: FrameLog): Watch {
  const statm = openStatm(pid);
  const text = Buffer.alloc(128);
  let noticed = { number: 0, waited: 0, cpu: 0 };

  const gains = createGains();

  const resident = (): number => {
    if (statm === null) return 0;
    try {
      return Number(text.toString('latin1', 0, readSync(statm, text, 0, text.length, 0)).split(' ')[1]) * page;
    } catch {
      return 0;
    }
  };
  const overdue = (): Over | null => {
    const first = frames.first(performance.now());
    if (!first) return null;
    if (first.number !== noticed.number) noticed = { number: first.number, waited: first.waited, cpu: cpuOf(pid) };
    if (first.waited <= first.wall) return null;
    if (cpuOf(pid) - noticed.cpu < 0.5 * first.wall && first.waited < latest(first.wall)) return null;
    return { reason: `no answer for ${Math.round(first.waited)} ms, ${Math.round(first.wall)} allowed`, sink: null };
  };
  return {
    check({ opened, bodies }) {
      const octets = [...bodies.values()].reduce((sum, size) => sum + size, 0);
      const allowed = memory.start + opened.size * memory.isolate + 2 * octets;
      const used = resident();
      gains.note(frames.first(performance.now())?.who ?? null, used);
      if (used <= allowed) return overdue();
      const reason = `${Math.round(used / megabyte)} MB of memory, ${Math.round(allowed / megabyte)} allowed`;
      return { reason, sink: gains.most() };
    },
    resident,
    [Symbol.dispose]() {
      if (statm !== null) closeSync(statm);
    },
  };
}

const latest = (wall: number): number => Math.min(patience.times * wall, wall + patience.beyond);

/** Tenants remembered for what they made a host grow. */
const remembered = 1000;

/** Who made a host grow: between two looks, the tenant it works for. */
function createGains() {
  const gained = new Map<string, number>();
  let last = 0;
  return {
    note(who: string | null, used: number): void {
      const more = used - last;
      last = used;
      if (who === null || more < megabyte) return;
      if (gained.size >= remembered) gained.clear();
      gained.set(who, (gained.get(who) ?? 0) + more);
    },
    /** @returns null when nobody was seen to */
    most: (): string | null =>
      [...gained].reduce<readonly [string | null, number]>((top, one) => (one[1] > top[1] ? one : top), [null, 0])[0],
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
