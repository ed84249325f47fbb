import type { Log } from '../log.ts';
import type { RecordedEvent } from '../recorded-event.ts';

/** Recorded events on their way to the thread that writes them. */
export type Reel = { add(event: RecordedEvent): void; flush(): Promise<void> };

type Parts = {
  /** @returns whether the events are written */
  readonly write: (events: readonly RecordedEvent[]) => Promise<boolean>;
  readonly log: Log;
  /** Octets that may wait; more is dropped. */
  readonly waiting?: number;
};

/** Hands events on, a batch at a time: while one is written the next gathers, and no more than fits. */
export function createReel({ write, log, waiting = 16 * 2 ** 20 }: Parts): Reel {
  let events: RecordedEvent[] = [];
  let octets = 0;
  let dropped = 0;
  let writing: Promise<void> | null = null;

  async function drain(): Promise<void> {
    while (events.length > 0) {
      const taken = events;
      events = [];
      octets = 0;
      if (!(await write(taken))) dropped += taken.length;
      if (dropped > 0) log.warn({ dropped }, 'events were not recorded');
      dropped = 0;
    }
  }

  return {
    add(event) {
      const size = event.payload.length + event.answer.length + (event.octets?.length ?? 0);
      if (octets + size > waiting) {
        dropped += 1;
        return;
      }
      octets += size;
      events.push(event);
      writing ??= drain().finally(() => (writing = null));
    },
    async flush() {
      await writing; // it goes on while there is anything
    },
  };
}
