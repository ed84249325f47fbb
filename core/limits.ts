import { z } from 'zod';
import { durationOption, formatDuration, formatSize, sizeOption } from './units.ts';

const megabyte = 2 ** 20;
const countOption = (max: number) => z.int('expected a whole number').min(1).max(max);

/**
 * What one sink may use, as a manifest asks for it and an administrator allows it. Everything may be left out. The
 * largest values are what the sandbox itself can bear, whatever anybody writes.
 */
export const limitOptions = z.strictObject({
  /** Memory of its isolate. */
  memory: sizeOption({ min: 8 * megabyte, max: 1024 * megabyte }).optional(),
  /** CPU for one event. */
  cpu: durationOption({ min: 1, max: 10_000 }).optional(),
  /** Time for one event, host calls included; it only shortens what event and binding say. */
  wall: durationOption({ min: 1 }).optional(),
  /** Host calls of one event, and those of them that may wait for an answer at the same time. */
  hostCalls: countOption(10_000).optional(),
  inFlight: countOption(1000).optional(),
  /** Log in a minute. */
  log: sizeOption({ min: 1024, max: 16 * megabyte }).optional(),
  /** What one event may send out: its answer and its host calls. */
  outbox: sizeOption({ min: 1024, max: 8 * megabyte }).optional(),
  /** The text of an error. */
  errorText: sizeOption({ min: 256, max: 256 * 1024 }).optional(),
});

/** Some limits: octets, milliseconds, counts. */
export type SomeLimits = { readonly [L in LimitName]?: number | undefined };
export type LimitName = keyof z.output<typeof limitOptions>;
/** All limits of one sink in one binding. `cpu`: null where the event says; `cpuMost`: and never more. */
export type Limits = { readonly [L in Exclude<LimitName, 'cpu' | 'wall'>]: number } & {
  readonly cpu: number | null;
  readonly cpuMost: number;
  readonly wall: number;
};

/** What a sink gets that does not ask. */
const usual = {
  memory: 64 * megabyte,
  hostCalls: 50,
  inFlight: 16,
  log: 64 * 1024,
  outbox: megabyte,
  errorText: 4096,
} as const;

/** What a sink may ask for where the administrator says nothing. */
const ceilings: { readonly [L in LimitName]: number } = {
  memory: 64 * megabyte,
  cpu: 500,
  wall: 3_650 * 86_400_000,
  hostCalls: 500,
  inFlight: 64,
  log: megabyte,
  outbox: 4 * megabyte,
  errorText: 64 * 1024,
};

const units: { readonly [L in LimitName]: (value: number) => string } = {
  memory: formatSize,
  cpu: formatDuration,
  wall: formatDuration,
  hostCalls: String,
  inFlight: String,
  log: formatSize,
  outbox: formatSize,
  errorText: formatSize,
};

export const isLimitName = (name: string): name is LimitName => Object.hasOwn(units, name);
const names = Object.keys(units).filter(isLimitName);

/** A limit the way configuration and manifest write it: `64MB`, `500ms`, `50`. */
export const formatLimit = (name: LimitName, value: number): string => units[name](value);

export type LimitsInput = {
  /** Of the manifest. */
  readonly asked: SomeLimits;
  /** Of the binding; what it says goes before what the sandbox says. */
  readonly binding: SomeLimits;
  readonly sandbox: SomeLimits;
  /** Octets of memory for a sink that does not ask, where the administrator says. */
  readonly memory?: number | undefined;
};

/**
 * What a sink gets: what it asks for, or the usual, both within what the administrator allows.
 *
 * @returns the limits; or the problems, one line each, that say what to write
 */
export function settleLimits({ asked, binding, sandbox, memory }: LimitsInput): Limits | readonly string[] {
  const ceiling = { ...ceilings, memory: memory ?? ceilings.memory };
  const most = (name: LimitName): number => binding[name] ?? sandbox[name] ?? ceiling[name];
  const over = names.filter((name) => (asked[name] ?? 0) > most(name));
  if (over.length > 0) return over.map((name) => overText(name, asked[name] ?? 0, most(name)));
  const get = (name: Exclude<keyof typeof usual, 'memory'>): number => asked[name] ?? Math.min(usual[name], most(name));
  return {
    memory: asked.memory ?? Math.min(memory ?? usual.memory, most('memory')),
    hostCalls: get('hostCalls'),
    inFlight: get('inFlight'),
    log: get('log'),
    outbox: get('outbox'),
    errorText: get('errorText'),
    cpu: asked.cpu ?? null,
    cpuMost: most('cpu'),
    wall: asked.wall ?? most('wall'),
  };
}

function overText(name: LimitName, asked: number, most: number): string {
  const wanted = `limits: { ${name}: ${formatLimit(name, asked)} }`;
  return `the sink asks for ${name} ${formatLimit(name, asked)}, and may have ${formatLimit(name, most)}: write \`${wanted}\` in this binding, or under \`sandbox:\` for all`;
}

/** The limits of a sink that does not ask, where the administrator says nothing. */
export const usualLimits: Limits = { ...usual, cpu: null, cpuMost: ceilings.cpu, wall: ceilings.wall };

/** @param usually milliseconds of CPU the event allows @returns those this sink has for it */
export const cpuOf = ({ cpu, cpuMost }: Limits, usually: number): number => cpu ?? Math.min(usually, cpuMost);
