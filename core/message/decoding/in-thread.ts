import { Fault } from '../../errors.ts';
import type { DeskMessage } from '../desk.ts';
import type { EditReport, MessageEdit } from '../message.ts';
import { readLater } from './read-later.ts';
import type { Answer, Ask } from './task.ts';

type Edits = readonly (readonly MessageEdit[])[];
type Failed = { readonly kind: 'failed'; readonly reason: string };
/** Asks a thread about one message. @param before edits made so far, call by call */
export type AskThread<Seen> = (ask: Ask, before: Edits) => Promise<Answer<Seen> | Failed>;

/**
 * A message that is in a thread, as a desk gives it.
 *
 * @param onWritten the newest octets were asked for: that is what comes last
 * @throws Fault `message.unread` when the thread does not answer
 */
export async function openInThread<Seen>(
  octets: Uint8Array,
  ask: AskThread<Seen>,
  onWritten: () => void,
): Promise<DeskMessage<Seen>> {
  const opened = await ask({ kind: 'open' }, []);
  if (opened.kind !== 'opened') throw unread(opened);
  const { limit, seen } = opened;
  let data = readLater(opened.data);
  let before: Edits = [];
  let written: Uint8Array | null = octets;

  const text = async (form: 'plain' | 'html'): Promise<string | null> => {
    const answer = await ask({ kind: 'text', form }, before);
    return answer.kind === 'text' ? answer.text : null;
  };
  return {
    octets,
    model: null,
    limit,
    seen: () => seen,
    data: (protection) => ({ ...data(), protection }),
    async edit(edits, largest) {
      const answer = await ask({ kind: 'edit', edits, ...(largest !== undefined && { largest }) }, before);
      if (answer.kind !== 'edited') return skipAll(edits, answer);
      data = readLater(answer.data);
      if (edits.length > 0 && answer.report.every(({ kind }) => kind === 'done')) {
        before = [...before, edits];
        written = null;
      }
      return answer.report;
    },
    text: () => text('plain'),
    html: () => text('html'),
    async write() {
      if (!written) {
        const answer = await ask({ kind: 'write' }, before);
        if (answer.kind !== 'written') throw unread(answer);
        written = answer.octets;
      }
      onWritten();
      return written;
    },
  };
}

const unread = (answer: Answer<unknown> | Failed): Fault => new Fault('message.unread', { reason: reasonIn(answer) });

const skipAll = (edits: readonly MessageEdit[], answer: Answer<unknown> | Failed): EditReport =>
  edits.map(() => ({ kind: 'skipped', reason: `reading the message: ${reasonIn(answer)}` }));

const reasonIn = (answer: Answer<unknown> | Failed): string =>
  answer.kind === 'failed' ? answer.reason : `an answer to something else, ${answer.kind}`;
