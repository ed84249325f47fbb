import type { Result } from './result.ts';

/** Median and 99th percentile of milliseconds, as two results. */
export function quantiles(name: string, values: readonly number[]): readonly Result[] {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  return [
    { name: `${name}.p50`, value: at(0.5), unit: 'ms' },
    { name: `${name}.p99`, value: at(0.99), unit: 'ms' },
  ];
}
