import type { Random } from './random.ts';

/** A message that can be told from every other one, whole or in pieces. Sent once, never again. */
export type Parcel = { readonly id: string; readonly recipients: readonly string[]; readonly content: Buffer };

const users = ['alice@example.test', 'bob@example.test'];

/** @param number unique in a test; every line of the body carries it. One in ten is above the 64 KB a row may hold */
export function createParcel(number: number, random: Random): Parcel {
  const id = String(number).padStart(6, '0');
  const lines = random.next() < 0.1 ? random.between(1200, 3000) : random.between(5, 120);
  const recipients = random.next() < 0.25 ? users : users.slice(...(random.next() < 0.5 ? [0, 1] : [1]));
  const body = Array.from({ length: lines }, (_, line) => `${markOf(id, line)} the courier brings one line more`);
  const head = ['From: courier@example.test', `To: ${recipients.join(', ')}`, `Subject: parcel`, `X-Parcel: ${id}`];
  return { id, recipients, content: Buffer.from([...head, '', ...body, ''].join('\r\n')) };
}

const markOf = (id: string, line: number): string => `~${id}.${String(line).padStart(4, '0')}~`;

/** The marks of whole body lines in these octets, e.g. `000042.0007`. */
export const marksIn = (octets: Buffer): readonly string[] =>
  [...octets.toString('latin1').matchAll(/~(\d{6}\.\d{4})~/g)].map(([, mark = '']) => mark);

/** The number a delivered message carries; null when it is none of ours. */
export const idOf = (octets: Buffer): string | null =>
  /^X-Parcel: (\d{6})\r$/m.exec(octets.subarray(0, 4096).toString('latin1'))?.[1] ?? null;
