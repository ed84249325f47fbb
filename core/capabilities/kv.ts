import { z } from 'zod';
import type { Kv } from '../database/kv.ts';
import type { Capability, HostCallSubject } from './capability.ts';
import type { Limits } from './limits.ts';

export type KvParts = { readonly kv: Kv; readonly limits: Limits };

const key = z.string().min(1).max(512);
const value = z.string().max(64 * 1024);
const ttl = z
  .int()
  .positive()
  .max(Number.MAX_SAFE_INTEGER / 2);
const page = 100;

/** What may be left out comes as null, or not at all. */
const get = z.tuple([key]);
const put = z.tuple([key, value, ttl.nullish()]);
const increment = z.tuple([key, z.int().nullish(), ttl.nullish()]);
const list = z.tuple([z.string().max(512), z.int().min(1).max(page).nullish(), z.string().max(512).nullish()]);

/** `kv`: the namespace is the binding's key, so that no other binding, and no other sink, sees it. */
export function kvCapability({ kv, limits }: KvParts): Capability<'kv'> {
  const full = (call: HostCallSubject): never => {
    limits.hit(call, 'kv storage', '10MB');
    throw new RangeError('limit reached: this binding keeps 10 MB in kv; delete something first, or give it a ttl');
  };
  return {
    get: ({ binding }, args) => kv.get(binding.key, get.parse(args)[0]),
    async put(call, args) {
      const [at, text, time] = put.parse(args.slice(0, 3));
      if ((await kv.put(call.binding.key, at, text, time ?? undefined)) === 'full') return full(call);
      return null;
    },
    async delete({ binding }, args) {
      await kv.delete(binding.key, get.parse(args)[0]);
      return null;
    },
    async increment(call, args) {
      const [at, by, time] = increment.parse(args.slice(0, 3));
      const sum = await kv.increment(call.binding.key, at, by ?? 1, time ?? undefined);
      if (sum === 'full') return full(call);
      if (sum === 'not a number')
        throw new RangeError('the value of this key is no whole number, or would be too large');
      return sum;
    },
    list({ binding }, args) {
      const [prefix, limit, after] = list.parse(args.slice(0, 3));
      return kv.list(binding.key, prefix, limit ?? page, after ?? '');
    },
  };
}
