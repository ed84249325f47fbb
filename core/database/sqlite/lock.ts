import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '../../errors.ts';
import { storageFault } from '../storage-fault.ts';
import { faultOf, isBusy } from './failure.ts';

/**
 * Holds the data folder for this process: an exclusive transaction on a small file of its own, that is, a lock of
 * the operating system, which ends with the process however it ends. The process id lies beside it for people.
 *
 * @throws Fault `data.locked` with the other's process id, where it is known
 */
export function lockFolder(folder: string): Disposable {
  const file = join(folder, 'lock');
  createFile(file);
  const db = new DatabaseSync(file, { timeout: 0 });
  try {
    db.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    db.close();
    throw isBusy(cause) ? new Fault('data.locked', { folder, ...pidOf(folder) }, cause) : faultOf(cause);
  }
  writeFileSync(join(folder, 'pid'), `${process.pid}\n`, { mode: 0o600 });
  return { [Symbol.dispose]: () => db.close() };
}

function createFile(file: string): void {
  try {
    closeSync(openSync(file, 'a', 0o600));
  } catch (cause) {
    throw storageFault(cause);
  }
}

function pidOf(folder: string): { pid?: number } {
  try {
    const pid = Number.parseInt(readFileSync(join(folder, 'pid'), 'utf8'), 10);
    return Number.isSafeInteger(pid) ? { pid } : {};
  } catch {
    return {};
  }
}
