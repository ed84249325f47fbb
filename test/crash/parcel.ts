import { createRandom } from './random.ts';

/** A message that can be told from every other one, whole or in pieces. Sent once, never again. */
export type Parcel = { readonly id: string; readonly recipients: readonly string[]; readonly content: Buffer };

/** Whom parcels go to: one of them, or both. */
const recipients: readonly string[] = ['alice@example.test', 'bob@example.test'];

/**
 * The same number always gives the same parcel, so nobody has to keep them. Every line of the body carries the
 * number. One in ten is above the 64 KB a database row may hold.
 */
export function createParcel(number: number): Parcel {
  const random = createRandom(number);
  const id = String(number).padStart(6, '0');
  const lines = random.next() < 0.1 ? random.between(1200, 3000) : random.between(5, 120);
  const to = random.next() < 0.25 ? recipients : [recipients[random.between(0, 1)] ?? ''];
  const body = Array.from({ length: lines }, (_, line) => `${markOf(id, line)} the courier brings one line more`);
  const head = ['From: courier@example.test', `To: ${to.join(', ')}`, 'Subject: parcel', `X-Parcel: ${id}`];
  return { id, recipients: to, content: Buffer.from([...head, '', ...body, ''].join('\r\n')) };
}

const markOf = (id: string, line: number): string => `~${id}.${String(line).padStart(4, '0')}~`;

/** The marks of whole body lines in these octets, e.g. `000042.0007`. */
export const marksIn = (octets: Buffer): readonly string[] =>
  [...octets.toString('latin1').matchAll(/~(\d{6}\.\d{4})~/g)].map(([, mark = '']) => mark);

/** The parcel a delivered message claims to be; null when it is none of ours. */
export function parcelIn(octets: Buffer): Parcel | null {
  const id = /^X-Parcel: (\d{6})\r$/m.exec(octets.subarray(0, 4096).toString('latin1'))?.[1];
  return id === undefined ? null : createParcel(Number(id));
}
