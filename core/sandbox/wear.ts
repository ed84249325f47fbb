import type { Host } from './supervisor.ts';

const megabyte = 2 ** 20;

/** When a host has served long enough: what isolates leave behind in a process comes back only with its end. */
export type Wear = {
  /** Isolates that were closed in it. */
  readonly retired: number;
  /** Octets of memory, those of its isolates and messages not counted. */
  readonly memory: number;
  /** Milliseconds a host serves at least before its memory counts: what fills it at once fills the next one too. */
  readonly age: number;
};

export const usualWear: Wear = { retired: 250, memory: 256 * megabyte, age: 60_000 };

/** @returns why it is time to swap it, as the log says it; null while it is not */
export function isWorn({ retired, resident, opened, bodies, born }: Host, wear: Wear, now: number): string | null {
  if (retired >= wear.retired) return `${retired} isolates were closed in it`;
  const octets = [...bodies.values()].reduce((sum, size) => sum + size, 0);
  const most = wear.memory + 4 * megabyte * opened.size + 2 * octets;
  if (resident <= most || now - born < wear.age) return null;
  return `${Math.round(resident / megabyte)} MB of memory, ${Math.round(most / megabyte)} expected`;
}
