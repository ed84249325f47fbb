import { limits } from './capabilities/limits.ts';

/** The octets of one message, for as long as a call that may read them waits. */
export type Body = { readonly number: number; readonly octets: Uint8Array; users: number };

/**
 * Answers `message.octets` for a sink whose host does not have the message: the isolate checked the range already, and
 * may have been tampered with.
 *
 * @throws RangeError with a text the sink may read
 */
export function readRange({ octets }: Body, [from, to]: readonly unknown[]): string {
  if (!isOffset(from) || !isOffset(to) || to < from || to - from > limits.octetsRange)
    throw new RangeError('from and to must be whole numbers, 0 <= from <= to, at most 1 MiB apart');
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('latin1', from, to);
}

const isOffset = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0;

/** The messages in use: each has one number, under which each host gets it once and is told when to forget it. */
export type Bodies = {
  /** @param id the same for the same octets */
  use(message: { readonly id: string; readonly octets: Uint8Array }): Body;
  release(body: Body): void;
};

/** @param onFree nobody uses it any more */
export function createBodies(onFree: (body: Body) => void): Bodies {
  const byId = new Map<string, Body>();
  const idOf = new Map<Body, string>();
  let number = 0;
  return {
    use({ id, octets }) {
      const known = byId.get(id);
      const body = known ?? { number: (number += 1), octets, users: 0 };
      if (!known) {
        byId.set(id, body);
        idOf.set(body, id);
      }
      body.users += 1;
      return body;
    },
    release(body) {
      body.users -= 1;
      if (body.users > 0) return;
      byId.delete(idOf.get(body) ?? '');
      idOf.delete(body);
      onFree(body);
    },
  };
}
