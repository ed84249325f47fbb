import type { Message, MessageData } from './message.ts';

/**
 * One field of an event's payload: what it means, and its type on the wire and for the sink.
 * The two types exist for the compiler only; reference documentation is made from `about` and `shape`.
 */
export type Field<Wire, Seen = Wire> = {
  readonly about: string;
  readonly shape: string;
  readonly wire?: Wire;
  readonly seen?: Seen;
};

const field =
  <Wire, Seen = Wire>(shape: string) =>
  (about: string): Field<Wire, Seen> => ({ about, shape });

export const text = field<string>('string');
export const textOrNull = field<string | null>('string | null');
export const count = field<number>('integer');
export const flag = field<boolean>('boolean');
export const texts = field<readonly string[]>('string[]');
export const parameters = field<Readonly<Record<string, string | true>>>('record of string or true');
export const replyData = field<{ readonly code: number; readonly status: string; readonly text: string }>('reply');
export const envelope = field<Envelope>('envelope');
export const message = field<MessageData, Message>('message');

/** MAIL and RCPT as they stand now, edits of earlier sinks applied. */
export type Envelope = {
  /** `''` is the null reverse-path `<>`. */
  readonly reversePath: string;
  readonly recipients: readonly string[];
};
