import { z } from 'zod';

const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** Ten years: no wait is longer. */
const longest = 3_650 * 86_400_000;
/** As in every mail server's size limits: a kilobyte is 1,024 octets. */
const sizeUnits: Readonly<Record<string, number>> = { B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 };

/**
 * Reads `500ms`, `5s`, `5m`, `1h` or `35d`: a whole number and one unit.
 *
 * @returns milliseconds; null when it is no duration
 */
export function parseDuration(text: string): number | null {
  return parse(text, durationUnits);
}

/**
 * Reads `512B`, `64KB`, `25MB` or `1GB`: a whole number and one unit, of 1,024 each.
 *
 * @returns octets; null when it is no size
 */
export function parseSize(text: string): number | null {
  return parse(text, sizeUnits);
}

/** A duration the way the configuration writes it: `90s`, `5m`. @param duration milliseconds, whole */
export function formatDuration(duration: number): string {
  return format(duration, durationUnits, 'ms');
}

/** A size the way the configuration writes it: `64KB`, `1500B`. @param size octets */
export function formatSize(size: number): string {
  return format(size, sizeUnits, 'B');
}

/** The smallest and largest value an option takes, in milliseconds or octets. */
export type Bounds = { readonly min?: number; readonly max?: number };

/** A duration in the configuration; becomes milliseconds. */
export function durationOption({ min = 0, max = longest }: Bounds = {}) {
  return unitOption({ parse: parseDuration, format: formatDuration, noun: 'a duration', such: '30s', min, max });
}

/** A size in the configuration; becomes octets. */
export function sizeOption({ min = 0, max = 2 ** 40 }: Bounds = {}) {
  return unitOption({ parse: parseSize, format: formatSize, noun: 'a size', such: '25MB', min, max });
}

type Unit = Required<Bounds> & {
  readonly parse: (text: string) => number | null;
  readonly format: (value: number) => string;
  readonly noun: string;
  readonly such: string;
};

function unitOption({ parse: read, format: write, noun, such, min, max }: Unit) {
  return z.string({ error: `expected ${noun} such as ${such}` }).transform((text, context) => {
    const value = read(text);
    if (value !== null && value >= min && value <= max) return value;
    const range = value === null ? `such as ${such}` : `from ${write(min)} to ${write(max)}`;
    context.addIssue({ code: 'custom', message: `expected ${noun} ${range}` });
    return z.NEVER;
  });
}

function parse(text: string, units: Readonly<Record<string, number>>): number | null {
  const [, digits = '', name = ''] = /^(\d{1,12})([A-Za-z]{1,2})$/.exec(text) ?? [];
  const unit = Object.hasOwn(units, name) ? units[name] : undefined;
  const value = Number(digits) * (unit ?? Number.NaN);
  return Number.isSafeInteger(value) ? value : null;
}

/** The largest unit that leaves a whole number. */
function format(value: number, units: Readonly<Record<string, number>>, smallest: string): string {
  if (value === 0) return `0${smallest === 'ms' ? 's' : smallest}`;
  const fitting = Object.entries(units).filter(([, unit]) => value >= unit && value % unit === 0);
  const [name, unit] = fitting.at(-1) ?? [smallest, 1];
  return `${value / unit}${name}`;
}
