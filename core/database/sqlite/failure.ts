import { Fault } from '../../errors.ts';
import { isNoSpace } from '../storage-fault.ts';

const sqliteBusy = 5;
const sqliteFull = 13;
const sqliteIoError = 10;
const sqliteCorrupt = [11, 26];
/** The shared-memory file could not grow: the disk is full, under another name. */
const sqliteShmSize = sqliteIoError | (19 << 8);

/** What went wrong inside an operation or a commit, as a Fault: a full disk is told from everything else. */
export function faultOf(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  const code = sqliteCode(thrown);
  if (code === null)
    return isNoSpace(thrown) ? new Fault('database.full', {}, thrown) : new Fault('internal.bug', {}, thrown);
  if ((code & 0xff) === sqliteFull || code === sqliteShmSize)
    return new Fault('database.full', { sqlite: code }, thrown);
  if (sqliteCorrupt.includes(code & 0xff)) return new Fault('database.corrupt', { sqlite: code }, thrown);
  return new Fault('database.unavailable', { sqlite: code }, thrown);
}

/** Whether somebody else holds the lock. */
export function isBusy(thrown: unknown): boolean {
  return ((sqliteCode(thrown) ?? 0) & 0xff) === sqliteBusy;
}

function sqliteCode(thrown: unknown): number | null {
  return thrown instanceof Error && 'errcode' in thrown && typeof thrown.errcode === 'number' ? thrown.errcode : null;
}
