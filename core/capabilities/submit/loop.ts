import { createHash } from 'node:crypto';
import type { HostCallSubject } from '../capability.ts';

/** The field that says which bindings a message comes of, oldest first, one each. */
export const loopField = 'X-Sluice-Loop';

/** How many messages may come of each other. */
const deepest = 3;
/** Received fields of a message that goes in circles through other systems (RFC 5321 §6.3 says 100 at least). */
const mostHops = 100;
/** Octets of a header that are looked at, and of a report. */
const longestHeader = 256 * 1024;
const longestReport = 2 ** 20;

export type Ancestors = {
  /** Keys of bindings, oldest first; those of the message, where there is one. */
  readonly marks: readonly string[];
  readonly depth: number;
};

/** @returns why this event may not submit; null when it may */
export function guardLoop(subject: HostCallSubject): 'loop' | 'depth' | null {
  const { binding, traceId, message } = subject;
  const { marks, depth } = ancestorsOf(subject);
  if (marks.includes(binding.key) || traceOf(traceId)?.digest === digestOf(binding.key)) return 'loop';
  if (message && countReceived(message.octets) > mostHops) return 'loop';
  return depth >= deepest ? 'depth' : null;
}

/**
 * What the event comes of: the marks of its message, which a report about it carries too, and its trace, which is
 * there also where there is no message (onBounced).
 *
 * LIMIT: a mark is text. A stranger who knows a binding's key can write it into his message, and nothing is submitted
 * for that one; he cannot take a mark away.
 */
export function ancestorsOf({ message, traceId }: HostCallSubject): Ancestors {
  const marks = message ? marksIn(message.octets) : [];
  return { marks, depth: Math.max(marks.length, traceOf(traceId)?.depth ?? 0) };
}

/** Names the trace of a submitted message so that what is told about it later is known: by depth and binding. */
export function nameTrace(id: string, binding: string, depth: number): string {
  return `sub${depth}-${digestOf(binding)}-${id}`;
}

function traceOf(traceId: string): { readonly depth: number; readonly digest: string } | null {
  const [, depth, digest = ''] = /^sub(\d)-([0-9a-f]{8})-/.exec(traceId) ?? [];
  return depth === undefined ? null : { depth: Number(depth), digest };
}

const digestOf = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 8);

function marksIn(octets: Uint8Array): readonly string[] {
  const header = headerOf(octets);
  const isReport = /^content-type:\s{0,80}multipart\/report/im.test(header);
  const text = isReport ? latin1(octets, longestReport) : header;
  return [...text.matchAll(/^x-sluice-loop:[ \t]{0,80}([!-~]{1,256})/gim)].map(([, key = '']) => key).slice(0, 100);
}

const countReceived = (octets: Uint8Array): number => headerOf(octets).match(/^received:/gim)?.length ?? 0;

function headerOf(octets: Uint8Array): string {
  const text = latin1(octets, longestHeader);
  const end = text.search(/\r?\n\r?\n/);
  return end < 0 ? text : text.slice(0, end);
}

function latin1(octets: Uint8Array, most: number): string {
  return Buffer.from(octets.buffer, octets.byteOffset, Math.min(octets.length, most)).toString('latin1');
}
