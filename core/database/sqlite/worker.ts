import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Fault } from '../../errors.ts';
import type { Operation, Operations } from '../tables.ts';
import { openReader, openWriter } from './connection.ts';
import { faultOf } from './failure.ts';
import { migrate } from './migrate.ts';
import { createTables, type SqliteTables } from './tables.ts';
import { createReaderBatch, createWriterBatch } from './transaction.ts';
import { writeFault, type Answer, type Call, type FromThread, type Start, type ToThread } from './wire.ts';

/** Operations that share one transaction at most: bounds the time until the first of them is answered. */
const largestBatch = 512;

/** One of the two database threads: opens its connection, then runs what it is sent, batch after batch. */
async function serve(port: MessagePort, start: Start): Promise<void> {
  const modules = await Promise.all(start.operations.map((url) => load(url)));
  const db = start.role === 'writer' ? openWriter(start.file, start.maxPages) : openReader(start.file);
  const tables = createTables(db);
  if (start.role === 'writer') migrate(db, modules);

  const operations = named(modules, start.role === 'writer' ? 'writes' : 'reads');
  const runBatch =
    start.role === 'writer' ? createWriterBatch(db, tables, operations) : createReaderBatch(db, tables, operations);
  listen(port, db, (calls) => answer({ port, tables, contents: start.contents }, runBatch(calls)));
  send(port, { kind: 'ready', names: [...operations.keys()] });
}

/** Takes everything that is waiting at once: that is what makes a group of the commits. */
function listen(port: MessagePort, db: DatabaseSync, run: (calls: readonly Call[]) => void): void {
  port.on('message', (first: ToThread) => {
    const waiting: Call[] = [];
    let closing = first === null;
    if (first) waiting.push(...first);
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
      const message: ToThread = next.message;
      if (message) waiting.push(...message);
      else closing = true;
    }
    while (waiting.length > 0) run(waiting.splice(0, largestBatch));
    if (!closing) return;
    db.close();
    port.close();
  });
}

type Session = { readonly port: MessagePort; readonly tables: SqliteTables; readonly contents: string };

function answer({ port, tables, contents }: Session, answers: readonly Answer[]): void {
  port.postMessage({ kind: 'answers', answers } satisfies FromThread, octetsOf(answers));
  for (const name of tables.dropped.splice(0)) removeFile(port, join(contents, name));
}

/** Octets are handed over, not copied: SQLite made them for this answer alone. */
function octetsOf(answers: readonly Answer[]): ArrayBuffer[] {
  const found: ArrayBuffer[] = [];
  for (const { value } of answers.filter((one) => one.kind === 'done')) {
    const octets = typeof value === 'object' && value !== null && 'octets' in value ? value.octets : null;
    if (octets instanceof Uint8Array && octets.buffer instanceof ArrayBuffer) found.push(octets.buffer);
  }
  return found;
}

/** A file that cannot be removed now is an orphan; the sweep at the next start takes it. */
function removeFile(port: MessagePort, path: string): void {
  try {
    unlinkSync(path);
  } catch (thrown) {
    send(port, { kind: 'trouble', fault: writeFault(new Fault('database.unavailable', { path }, thrown)) });
  }
}

async function load(url: string): Promise<Operations> {
  const module: unknown = await import(url);
  if (isOperations(module)) return module;
  throw new Fault('internal.bug', { url, problem: 'exports no part, writes, reads and migrations' });
}

function isOperations(module: unknown): module is Operations {
  return (
    typeof module === 'object' &&
    module !== null &&
    ['part', 'writes', 'reads', 'migrations'].every((name) => name in module)
  );
}

function named(modules: readonly Operations[], kind: 'writes' | 'reads'): Map<string, Operation> {
  return new Map(
    modules.flatMap((module) =>
      Object.entries(module[kind]).map(([name, operation]) => [`${module.part}.${name}`, operation] as const),
    ),
  );
}

function send(port: MessagePort, message: FromThread): void {
  port.postMessage(message);
}

if (parentPort) {
  const port = parentPort;
  const start: Start = workerData;
  serve(port, start).catch((thrown: unknown) => {
    send(port, { kind: 'refused', fault: writeFault(faultOf(thrown)) });
    port.close();
  });
}
