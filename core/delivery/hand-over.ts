import type { QueuedMessage } from '../queue/queue.ts';
import type { DeliveryOptions } from './options.ts';

/** Messages that wait in memory to be worked on, and the account of those that are; bounded by octets and by number. */
export type HandOver = {
  /** Whether a message just accepted, whose content is in memory, would not make too much. */
  hasRoomFor(message: QueuedMessage): boolean;
  put(message: QueuedMessage): void;
  /** @returns the one to work on next, which counts as worked on; null when there is none or too much under way */
  next(): QueuedMessage | null;
  /** The work on one that `next` gave has ended. */
  finish(message: QueuedMessage): void;
  /** Empties what waits. @returns it */
  drain(): readonly QueuedMessage[];
  readonly waiting: number;
  readonly working: number;
};

/** Beside its content, about what a message weighs in memory. */
const envelopeOctets = 1_024;

export function createHandOver({ concurrency, memory }: Pick<DeliveryOptions, 'concurrency' | 'memory'>): HandOver {
  let waiting: QueuedMessage[] = [];
  let head = 0;
  let waitingOctets = 0;
  let working = 0;
  let workingOctets = 0;

  /** The front of the array is cut off in large pieces: `shift` would move all of it each time. */
  function take(message: QueuedMessage): QueuedMessage {
    head += 1;
    if (head > 512 && head * 2 > waiting.length) {
      waiting = waiting.slice(head);
      head = 0;
    }
    waitingOctets -= heldBy(message);
    working += 1;
    workingOctets += message.size;
    return message;
  }

  return {
    hasRoomFor: (message) => waitingOctets + workingOctets + heldBy(message) <= memory,
    put(message) {
      waiting.push(message);
      waitingOctets += heldBy(message);
    },
    next() {
      const message = waiting[head];
      if (message === undefined || working >= concurrency) return null;
      // One message alone may be larger than all the memory there is for many.
      if (working > 0 && workingOctets + message.size > memory) return null;
      return take(message);
    },
    finish(message) {
      working -= 1;
      workingOctets -= message.size;
    },
    drain() {
      const left = waiting.slice(head);
      waiting = [];
      head = 0;
      waitingOctets = 0;
      return left;
    },
    get waiting() {
      return waiting.length - head;
    },
    get working() {
      return working;
    },
  };
}

function heldBy({ content }: QueuedMessage): number {
  return envelopeOctets + (content?.kind === 'inline' ? content.octets.length : 0);
}
