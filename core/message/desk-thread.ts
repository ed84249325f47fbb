import { parentPort } from 'node:worker_threads';
import type { Answer, Ask, Task } from './decoding/task.ts';
import { openMessage, type OpenMessage } from './message.ts';
import { shortText } from './decoding/short-text.ts';

type Opened = { readonly model: OpenMessage; made: number };

/** Messages a thread keeps open: mostly the same one is asked about again. */
const keepLimit = 2;

/**
 * Answers a desk from inside of its thread.
 *
 * @param look what else is to be found out about a message when it is opened; the same function the desk has
 */
export function serveDesk(look: (message: OpenMessage) => unknown): void {
  const open = new Map<number, Opened>();
  parentPort?.on('message', (task: Task) => {
    const opened = findOpen(open, task);
    const answer = answerOf(opened, task.ask, look);
    if (task.ask.kind === 'write') open.delete(task.message);
    parentPort?.postMessage(answer, answer.kind === 'written' ? [answer.octets.buffer] : []);
  });
}

/** The message with the edits before made, some of them perhaps in another thread that is gone. */
function findOpen(open: Map<number, Opened>, { message, octets, before }: Task): Opened {
  const kept = open.get(message);
  const opened = kept && kept.made <= before.length ? kept : { model: openMessage(octets), made: 0 };
  for (; opened.made < before.length; opened.made += 1) opened.model.edit(before[opened.made] ?? []);
  open.delete(message);
  open.set(message, opened);
  for (const oldest of [...open.keys()].slice(0, -keepLimit)) open.delete(oldest);
  return opened;
}

function answerOf(opened: Opened, ask: Ask, look: (message: OpenMessage) => unknown): Answer<unknown> {
  const { model } = opened;
  if (ask.kind === 'open') return { kind: 'opened', data: dataOf(model), limit: model.limit, seen: look(model) };
  if (ask.kind === 'write') return { kind: 'written', octets: ownOctets(model) };
  if (ask.kind === 'text') return { kind: 'text', text: shortText(ask.form === 'html' ? model.html() : model.text()) };
  const report = model.edit(ask.edits, ask.largest);
  if (ask.edits.length > 0 && report.every(({ kind }) => kind === 'done')) opened.made += 1;
  return { kind: 'edited', report, data: dataOf(model) };
}

const dataOf = (model: OpenMessage): string => JSON.stringify(model.data('none'));

/** Octets that may leave this thread. */
function ownOctets(model: OpenMessage): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = model.write();
  const isOwn = buffer instanceof ArrayBuffer && byteOffset === 0 && buffer.byteLength === length;
  return isOwn ? new Uint8Array(buffer) : Uint8Array.from(model.write());
}
