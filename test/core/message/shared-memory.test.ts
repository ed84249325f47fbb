import { expect, test } from 'vitest';
import { createLessee } from '../../../core/message/decoding/lease.ts';
import { createSharedMemory } from '../../../core/message/decoding/shared-memory.ts';

const megabyte = 2 ** 20;
const mail = (size: number, octet: number): Buffer => Buffer.alloc(size, octet);

test('memory that was given back is used for the next message of about that size, and holds its octets only', async () => {
  const memory = createSharedMemory();
  const first = await memory.copy(mail(3 * megabyte, 1));
  memory.giveBack(first);
  const small = await memory.copy(mail(10, 2));
  const next = await memory.copy(mail(2 * megabyte, 3));
  expect(small.buffer).not.toBe(first.buffer);
  expect(next.buffer).toBe(first.buffer);
  expect(Buffer.from(next).equals(mail(2 * megabyte, 3))).toBe(true);
  expect((await memory.copy(mail(3 * megabyte, 4))).buffer).not.toBe(next.buffer);
});

test('no more is kept than is allowed', async () => {
  const memory = createSharedMemory(2 * megabyte);
  const all = await Promise.all([1, 2, 3].map((octet) => memory.copy(mail(megabyte, octet))));
  for (const one of all) memory.giveBack(one);
  const again = await Promise.all([1, 2, 3].map((octet) => memory.copy(mail(megabyte, octet))));
  expect(again.filter(({ buffer }) => all.some((one) => one.buffer === buffer))).toHaveLength(2);
});

test('a message that is still read keeps its memory; one that is asked about after its end has another name', async () => {
  const memory = createSharedMemory();
  let lastId = 0;
  const lessee = createLessee(memory, mail(megabyte, 7), () => (lastId += 1));
  const reading = Promise.withResolvers<void>();
  const late = lessee.use(async ({ octets }) => {
    await reading.promise;
    return octets[0];
  });
  lessee.end();
  const other = await memory.copy(mail(megabyte, 9));
  reading.resolve();
  expect(await late).toBe(7);
  expect(other[0]).toBe(9);
  const [first, again] = [await lessee.use(async (lease) => lease), await lessee.use(async (lease) => lease)];
  expect(again).toBe(first);
  lessee.end();
  const { message, octets } = await lessee.use(async (lease) => lease);
  expect([first.message, message, octets.length, octets[0]]).toEqual([1, 2, megabyte, 7]);
});
