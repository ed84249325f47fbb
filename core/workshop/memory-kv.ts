import type { Kv } from '../database/kv.ts';
import { createWorld } from '../../sdk/testing/testing.ts';

const at = (namespace: string, key: string): string => `${namespace}\0${key}`;

/** Key-value memory that is forgotten with the process: the test kit's, in the shape the capabilities want. */
export function createMemoryKv(): Kv {
  const world = createWorld();
  const make = async (name: string, ...args: readonly unknown[]): Promise<unknown> => world.call(name, args, null);
  return {
    get: async (namespace, key) => world.kv.get(at(namespace, key)) ?? null,
    async put(namespace, key, value, ttl) {
      world.put(at(namespace, key), value, ttl);
      return 'done';
    },
    delete: async (namespace, key) => void (await make('kv.delete', at(namespace, key))),
    increment: (namespace, key, by, ttl) =>
      make('kv.increment', at(namespace, key), by, ttl).then(Number, () => 'not a number' as const),
    async list(namespace, prefix, limit, after) {
      const start = `${namespace}\0`;
      const keys = [...world.kv.keys()].filter((key) => key.startsWith(start + prefix)).toSorted();
      const own = keys.map((key) => key.slice(start.length)).filter((key) => after === undefined || key > after);
      return own.slice(0, limit);
    },
    sweep: async () => 0,
  };
}
