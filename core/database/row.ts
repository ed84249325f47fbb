import { Fault } from '../errors.ts';
import type { Row } from './tables.ts';

/** @throws Fault `database.corrupt` when the column is missing or no integer */
export function integer(row: Row, column: string): number {
  const value = row[column];
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : corrupt(column);
}

/** @throws Fault `database.corrupt` when the column is missing or no text */
export function text(row: Row, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : corrupt(column);
}

/** @throws Fault `database.corrupt` when the column is missing, or neither text nor NULL */
export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

/** @throws Fault `database.corrupt` when the column is missing or no octets */
export function octets(row: Row, column: string): Uint8Array {
  const value = row[column];
  return value instanceof Uint8Array ? value : corrupt(column);
}

/** @throws Fault `database.corrupt` when the column holds none of the words */
export function oneOf<const W extends string>(row: Row, column: string, words: readonly W[]): W {
  const value = row[column];
  return words.find((word) => word === value) ?? corrupt(column);
}

function corrupt(column: string): never {
  throw new Fault('database.corrupt', { column });
}
