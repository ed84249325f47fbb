import type { InputOf, OutputOf } from '../../admin/routes.ts';
import { formatTable, type Cell } from '../table.ts';
import { ask, exitCodes, printJson, type Verb } from '../verb.ts';
import { countOf, roughly, roughSize } from '../words.ts';

type Message = OutputOf<'queue'>[number];
type Recipient = Message['recipients'][number];

/** What `sluice queue ls` is to show: parts of addresses and of next hops, without regard to case. */
export type QueueWords = InputOf<'queue'>;

/** `sluice queue ls`: what is waiting and why, a line per recipient. */
export async function listQueue(verb: Verb, words: QueueWords = {}): Promise<number> {
  const messages = await ask(verb, 'queue', words);
  if (verb.json) return printJson(verb, messages);
  const { terminal } = verb;
  if (messages.length === 0) {
    const isSearch = Object.keys(words).length > 0;
    terminal.out(isSearch ? 'No message in the queue is like that.\n' : 'The queue is empty.\n');
  } else {
    const rows = messages.flatMap((message) => rowsOf(message, verb.now()));
    terminal.out(formatTable(terminal, columns, rows));
    terminal.out(`\n${countOf(messages.length, 'message')}\n`);
  }
  return exitCodes.ok;
}

/** `sluice queue release`: a held message goes on; one that waits is tried now. */
export async function releaseMessage(verb: Verb, id: number): Promise<number> {
  return await settle(verb, 'release', id, `Message ${id} goes on now: sluice queue ls shows how.`);
}

/** `sluice queue freeze`: the message waits until it is released. */
export async function freezeMessage(verb: Verb, id: number): Promise<number> {
  return await settle(verb, 'freeze', id, `Message ${id} waits until sluice queue release ${id}.`);
}

/** `sluice queue rm`: the message is gone; with `--report` its sender is told. */
export async function removeMessage(verb: Verb, id: number, { report = false } = {}): Promise<number> {
  if (report)
    return await settle(verb, 'bounce', id, `Message ${id} is removed; its sender gets a report, unless it has none.`);
  return await settle(verb, 'remove', id, `Message ${id} is removed; no report was sent.`);
}

/** `sluice queue missed`: mail that went on without the edits of a sink that failed. */
export async function listMissed(verb: Verb): Promise<number> {
  const missed = await ask(verb, 'missed', {});
  if (verb.json) return printJson(verb, missed);
  const { terminal } = verb;
  const ago = (at: number): string => `${roughly(verb.now() - at)} ago`;
  if (missed.counts.length === 0) {
    terminal.out('No mail went on without the edits of a sink.\n');
    return exitCodes.ok;
  }
  const counts = missed.counts.map(({ binding, count, last }) => [binding, String(count), ago(last)]);
  const sends = missed.sends.map(({ at, traceId, binding, revision, fault }) => {
    return [ago(at), traceId, binding, revision.slice(0, 7), fault];
  });
  terminal.out(`${formatTable(terminal, countColumns, counts)}\n${formatTable(terminal, sendColumns, sends)}`);
  return exitCodes.ok;
}

const countColumns = [{ title: 'UNEDITED BY' }, { title: 'MESSAGES', align: 'right' }, { title: 'LAST' }] as const;

const sendColumns = [
  { title: 'WHEN' },
  { title: 'TRACE' },
  { title: 'UNEDITED BY' },
  { title: 'REVISION' },
  { title: 'FAULT' },
] as const;

async function settle(
  verb: Verb,
  name: 'release' | 'remove' | 'freeze' | 'bounce',
  id: number,
  text: string,
): Promise<number> {
  await ask(verb, name, { id }, `There is no message ${id} in the queue: sluice queue ls shows those there are.`);
  if (verb.json) return printJson(verb, { id, done: name });
  verb.terminal.out(`${text}\n`);
  return exitCodes.ok;
}

const columns = [
  { title: 'ID', align: 'right' },
  { title: 'STATE' },
  { title: 'SERVER' },
  { title: 'AGE', align: 'right' },
  { title: 'SIZE', align: 'right' },
  { title: 'TRACE' },
  { title: 'FROM' },
  { title: 'TO' },
  { title: 'DESTINATION' },
  { title: 'TRIES', align: 'right' },
  { title: 'NEXT', align: 'right' },
  { title: 'LAST REPLY', wraps: true },
] as const;

function rowsOf(message: Message, now: number): readonly (readonly Cell[])[] {
  const { id, state, virtualServer, acceptedAt, size, traceId, reversePath, reason, recipients } = message;
  const isHeld = state !== 'accepted' && state !== 'arrived';
  const head = [
    String(id),
    isHeld ? ({ text: state, style: 'yellow' } as const) : state,
    virtualServer,
    roughly(now - acceptedAt),
    roughSize(size),
    traceId,
    reversePath === '' ? '<>' : reversePath,
  ];
  const first = reason === null ? [] : [[...head, '', '', '', '', reason]];
  const rest = recipients.map((recipient) => recipientOf(recipient, isHeld ? null : message.due, now));
  if (first.length > 0 || rest.length === 0) return [...(first.length > 0 ? first : [head]), ...rest.map(indented)];
  return rest.map((cells, at) => (at === 0 ? [...head, ...cells] : indented(cells)));
}

function indented(cells: readonly string[]): readonly string[] {
  return ['', '', '', '', '', '', '', ...cells];
}

/** @param due of the message; null while it is held */
function recipientOf(recipient: Recipient, due: number | null, now: number): readonly string[] {
  const { address, state, attempts, nextAttempt, lastReply, destination } = recipient;
  const when = state === 'pending' ? whenOf(due, nextAttempt, now) : state;
  return [address, destination ?? '', String(attempts), when, lastReply ?? ''];
}

function whenOf(due: number | null, nextAttempt: number, now: number): string {
  if (due === null) return 'held';
  const next = Math.max(due, nextAttempt);
  if (next === Number.MAX_SAFE_INTEGER) return 'frozen';
  return next <= now ? 'now' : `in ${roughly(next - now)}`;
}
