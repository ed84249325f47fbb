import type { MessageData, Protection } from '../../sdk/message.ts';
import type { Log } from '../telemetry/log.ts';
import { openCrew } from './decoding/crew.ts';
import { isHeavy } from './decoding/heavy.ts';
import { createLessee, type Lessee } from './decoding/lease.ts';
import { createSharedMemory } from './decoding/shared-memory.ts';
import { openInThread, type AskThread } from './decoding/in-thread.ts';
import type { Answer, Task } from './decoding/task.ts';
import { openMessage, type EditReport, type MessageEdit, type OpenMessage } from './message.ts';

/**
 * A message that is read and edited where it keeps nobody waiting: small ones at once, large ones in a thread. One call
 * after the other: each sees the edits of those before.
 */
export type DeskMessage<Seen> = {
  /** As it arrived. */
  readonly octets: Uint8Array;
  /** The message itself, with the same edits; null while it is in a thread. */
  readonly model: OpenMessage | null;
  /** Why it is too large or too deep to be edited, in words; null when it is not. */
  readonly limit: string | null;
  /** What `look` found when it was opened. */
  seen(): Seen;
  /** Header and tree with the edits so far applied. */
  data(protection: Protection): MessageData;
  /** As of an `OpenMessage`; all skipped, with the reason, when the thread did not answer. */
  edit(edits: readonly MessageEdit[], largest?: number): EditReport | Promise<EditReport>;
  /** As of an `OpenMessage`, or shortened as `MessageReader` says; null, and a line in the log, when the thread did not answer. */
  text(): string | null | Promise<string | null>;
  html(): string | null | Promise<string | null>;
  /** The newest octets; the very octets it was opened with while nothing was edited. @throws Fault `message.unread` */
  write(): Uint8Array | Promise<Uint8Array>;
};

/** Where messages are opened. Its threads start with the first large message and end with it. */
export type Desk<Seen> = AsyncDisposable & {
  /** @throws Fault `message.unread` when the thread did not answer */
  open(octets: Uint8Array): DeskMessage<Seen> | Promise<DeskMessage<Seen>>;
};

export type DeskOptions<Seen> = {
  /** A module that calls `serveDesk(look)`. */
  readonly worker: URL;
  /** What else is to be found out about a message when it is opened; its result crosses threads. */
  readonly look: (message: OpenMessage) => Seen;
  readonly log: Pick<Log, 'warn'>;
  /** Milliseconds for one answer. */
  readonly deadline?: number;
  readonly threads?: number;
  /** Megabytes of heap of one thread; a text of 25 MB in UTF-16, and its lines, take a few hundred. */
  readonly heap?: number;
  /** Octets of a message from which on it goes to a thread. */
  readonly from?: number;
};

/** Below, all a message can ask for takes less than 20 ms; the largest of everyday mail without attachments. */
const threadFrom = 128 * 1024;

/** Opens the desk. */
export function openDesk<Seen>(options: DeskOptions<Seen>): Desk<Seen> {
  const { worker, look, log, deadline = 10_000, threads = 2, heap = 768, from = threadFrom } = options;
  const crew = openCrew<Task, Answer<Seen>>({ worker, threads, deadline, heap });
  const memory = createSharedMemory();
  /** What was refused is never written, only forgotten. */
  const dropped = new FinalizationRegistry<Lessee>((lessee) => lessee.end());
  let lastId = 0;

  async function openThere(octets: Uint8Array): Promise<DeskMessage<Seen>> {
    const lessee = createLessee(memory, octets, () => (lastId += 1));
    const ask: AskThread<Seen> = async (wish, before) => {
      const ended = await lessee.use((lease) => crew.run({ ...lease, before, ask: wish }));
      if (ended.kind === 'done') return ended.answer;
      log.warn({ reason: ended.reason, octets: octets.length, ask: wish.kind }, 'a message was too much to read');
      return { kind: 'failed', reason: ended.reason };
    };
    const message = await openInThread(octets, ask, () => lessee.end());
    dropped.register(message, lessee);
    return message;
  }

  return {
    open(octets) {
      if (octets.length > from) return openThere(octets);
      const model = openMessage(octets);
      return isHeavy(model.root) ? openThere(octets) : openHere(model, look);
    },
    [Symbol.asyncDispose]: () => crew[Symbol.asyncDispose](),
  };
}

function openHere<Seen>(model: OpenMessage, look: (message: OpenMessage) => Seen): DeskMessage<Seen> {
  return {
    octets: model.octets,
    model,
    limit: model.limit,
    seen: () => look(model),
    data: (protection) => model.data(protection),
    edit: (edits, largest) => model.edit(edits, largest),
    text: () => model.text(),
    html: () => model.html(),
    write: () => model.write(),
  };
}
