import { Fault } from '../errors.ts';

/** What a file operation failed with, as a Fault: no space is told from everything else. */
export function storageFault(cause: unknown): Fault {
  if (cause instanceof Fault) return cause;
  return new Fault(isNoSpace(cause) ? 'database.full' : 'database.unavailable', {}, cause);
}

/** Whether a file operation failed for want of space or quota. */
export function isNoSpace(thrown: unknown): boolean {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : null;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
