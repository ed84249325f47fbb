import { formatSize } from '../units.ts';

/** `2 virtual servers`, `1 binding` */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** How long, for a person: one unit, rounded. @param duration milliseconds */
export function roughly(duration: number): string {
  const rounded = Math.max(0, Math.round(duration));
  if (rounded < 1_000) return `${rounded}ms`;
  if (rounded < 120_000) return `${Math.round(rounded / 1_000)}s`;
  if (rounded < 7_200_000) return `${Math.round(rounded / 60_000)}m`;
  return rounded < 172_800_000 ? `${Math.round(rounded / 3_600_000)}h` : `${Math.round(rounded / 86_400_000)}d`;
}

/** How much, for a person: three figures at most. @param size octets */
export function roughSize(size: number): string {
  const unit = [2 ** 30, 2 ** 20, 2 ** 10].find((one) => size >= one) ?? 1;
  const rounded = size / unit < 10 ? Math.round((size / unit) * 10) / 10 : Math.round(size / unit);
  return `${rounded}${formatSize(unit).slice(1)}`;
}

/** Local date and time, `2026-11-23 12:00:00`. @param instant epoch milliseconds */
export function dateTime(instant: number): string {
  const date = new Date(instant);
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(twoDigits).join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':')}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
