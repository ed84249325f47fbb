import { describe, expect, test } from 'vitest';
import { createContent } from './content.ts';
import { startCeiling } from './load-ceiling.ts';
import { runLoad, type LoadOptions } from './load.ts';

const load: Omit<LoadOptions, 'port'> = {
  connections: 5,
  connection: 'kept',
  content: createContent(4096),
  reversePath: 'carol@example.test',
  recipient: 'alice@example.test',
  rate: null,
  warmUp: 0,
  window: 20_000,
  windows: 1,
  messages: 300,
};

describe('the load generator', () => {
  test.each(['kept', 'new'] as const)('sends exactly as many messages as asked, connections %s', async (connection) => {
    await using ceiling = await startCeiling();
    const result = await runLoad({ ...load, connection, port: ceiling.port });
    expect(result).toMatchObject({ acknowledged: 300, refused: 0 });
    expect(await ceiling.count()).toBe(300);
  });
  test('keeps a pace whether or not the server could do more', async () => {
    await using ceiling = await startCeiling();
    const result = await runLoad({ ...load, port: ceiling.port, messages: null, rate: 200, window: 500 });
    expect(result.acknowledged).toBeGreaterThan(20);
    expect(result.acknowledged).toBeLessThanOrEqual(101);
  });
  test('reports a refusal and does not count it', async () => {
    await using ceiling = await startCeiling('552 5.3.4 too big');
    const result = await runLoad({ ...load, port: ceiling.port });
    expect(result).toMatchObject({
      acknowledged: 0,
      refused: 5,
      firstRefusal: 'queued was awaited: 552 5.3.4 too big',
    });
  });
});

test.each([1_000, 4_096, 10_240, 61_440])('a message of %i octets has that size and ends in a line', (size) => {
  for (const form of ['plain', 'alternative'] as const) {
    const content = createContent(size, form);
    expect(content).toHaveLength(size);
    expect(content.subarray(-2).toString()).toBe('\r\n');
  }
});
