import type { Edit } from './edits.ts';
import { reply as makeReply, type Reply, type StatusDetail } from './reply.ts';

/** Why a sink decided so: one line and what it is about, for the trace of the message (`sluice trace`). No host call. */
export type Note = {
  /** At most 480 characters, one line. */
  readonly text: string;
  /** JSON; at most 8,000 characters of it. */
  readonly values?: object;
};

/** What a sink answers. `E` narrows the edits to those the event allows. */
export type Decision<E extends Edit = Edit> = Answer<E> & { readonly note?: Note };

type Answer<E extends Edit> =
  /** No opinion; later sinks are asked. `stop` ends the chain here, still without an opinion. */
  | { readonly kind: 'next'; readonly edits: readonly E[]; readonly stop?: boolean }
  /** Settles this event in favour: no later sink is asked. */
  | { readonly kind: 'accept'; readonly edits: readonly E[] }
  /** Refuses for good (5yz). In the queue it becomes a report to the reverse-path. */
  | { readonly kind: 'reject'; readonly reply: Reply }
  /** Refuses for now (4yz). In the queue the message is asked about again later. */
  | { readonly kind: 'defer'; readonly reply: Reply }
  /** Takes the message and drops it: nobody is told. */
  | { readonly kind: 'discard'; readonly reason: string }
  /** Takes this recipient and drops it: the client is told 250. */
  | { readonly kind: 'drop'; readonly reason: string; readonly stop?: boolean }
  /** Holds the message for an administrator. */
  | { readonly kind: 'quarantine'; readonly reason: string; readonly edits: readonly E[] }
  /** Sends to these recipients instead. */
  | {
      readonly kind: 'redirect';
      readonly recipients: readonly string[];
      readonly edits: readonly E[];
      readonly stop?: boolean;
    }
  /** Refuses and ends the connection. */
  | { readonly kind: 'disconnect'; readonly reply: Reply }
  /** Sets a malformed message aside with its reason. */
  | { readonly kind: 'badmail'; readonly reason: string }
  /** Answers the command itself (2yz): the server does not run it. */
  | { readonly kind: 'reply'; readonly reply: Reply; readonly edits: readonly E[] }
  /** Splits the recipients: each group gets a copy of its own, and is asked about anew. */
  | { readonly kind: 'fork'; readonly groups: readonly (readonly string[])[] };

export type DecisionKind = Decision['kind'];
export type DecisionOf<K extends DecisionKind, E extends Edit = Edit> = Extract<Decision<E>, { readonly kind: K }>;

/** What a refusal, or a reply to a command, may say beside its text. */
export type RefusalOptions = {
  /** Reply code; 550 for reject, 451 for defer, 554 (closing) for disconnect, 250 for reply when left out. */
  readonly code?: number;
  /** `subject.detail` of the enhanced status code (RFC 3463), e.g. `'7.1'`. */
  readonly status?: StatusDetail;
};

/**
 * The same decision with a line for the trace. Unlike `log.info` it costs no host call and no part of the log budget.
 *
 * @param values what the line is about, as JSON
 */
export const noted = <D extends Decision>(decision: D, text: string, values?: object): D => ({
  ...decision,
  note: values === undefined ? { text } : { text, values },
});

/** No opinion: the next sink is asked, after these edits. */
export const next = <E extends readonly Edit[]>(...edits: E): DecisionOf<'next', E[number]> => ({
  kind: 'next',
  edits,
});

/** In favour: no later sink is asked about this event. */
export const accept = <E extends readonly Edit[]>(...edits: E): DecisionOf<'accept', E[number]> => ({
  kind: 'accept',
  edits,
});

/** @throws RangeError when the code is not 5yz */
export function reject(text: string, { code = 550, status = '7.1' }: RefusalOptions = {}): DecisionOf<'reject'> {
  if (code < 500 || code > 599) throw new RangeError(`reject() takes a 5yz code, not ${code}; for 4yz use defer()`);
  return { kind: 'reject', reply: makeReply(code, status, text) };
}

/** @throws RangeError when the code is not 4yz */
export function defer(text: string, { code = 451, status = '7.1' }: RefusalOptions = {}): DecisionOf<'defer'> {
  if (code < 400 || code > 499) throw new RangeError(`defer() takes a 4yz code, not ${code}; for 5yz use reject()`);
  return { kind: 'defer', reply: makeReply(code, status, text) };
}

/** @throws RangeError when the code is not 4yz or 5yz */
export function disconnect(
  text: string,
  { code = 554, status = '7.1' }: RefusalOptions = {},
): DecisionOf<'disconnect'> {
  if (code < 400 || code > 599) throw new RangeError(`disconnect() takes a 4yz or 5yz code, not ${code}`);
  return { kind: 'disconnect', reply: makeReply(code, status, text) };
}

/**
 * Answers a command in place of the server: `250`, or the 2yz code given; POP3 says `+OK` and the text.
 *
 * @throws RangeError when the code is not 2yz; for 4yz and 5yz use reject() or disconnect()
 */
export function reply<E extends readonly Edit[]>(
  text: string,
  { code = 250, status = '0.0' }: RefusalOptions = {},
  ...edits: E
): DecisionOf<'reply', E[number]> {
  if (code < 200 || code > 299) throw new RangeError(`reply() takes a 2yz code, not ${code}; for 5yz use reject()`);
  return { kind: 'reply', reply: makeReply(code, status, text), edits };
}

export const discard = (reason: string): DecisionOf<'discard'> => ({ kind: 'discard', reason });
export const drop = (reason: string): DecisionOf<'drop'> => ({ kind: 'drop', reason });
export const badmail = (reason: string): DecisionOf<'badmail'> => ({ kind: 'badmail', reason });

/**
 * One copy for each group of recipients, and one for those in no group. Edits have no place here: the sink is asked
 * about each copy, and answers what that copy needs.
 */
export const fork = (...groups: readonly (readonly string[])[]): DecisionOf<'fork'> => ({ kind: 'fork', groups });

export const quarantine = <E extends readonly Edit[]>(
  reason: string,
  ...edits: E
): DecisionOf<'quarantine', E[number]> => ({ kind: 'quarantine', reason, edits });

export const redirect = <E extends readonly Edit[]>(
  recipients: readonly string[],
  ...edits: E
): DecisionOf<'redirect', E[number]> => ({ kind: 'redirect', recipients, edits });
