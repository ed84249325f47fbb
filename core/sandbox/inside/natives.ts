// oxlint-disable typescript/unbound-method -- they are called with Reflect.apply
import type { limits } from '../capabilities/limits.ts';
import type { Own } from '../contract.ts';

/*
 * The part of the bridge that runs inside an isolate, before the sink. Every function in this folder is sent as text,
 * so it uses nothing but its arguments: natives are taken before the sink can touch them, items leave as text built by
 * hand, own properties only, no iterators. What the sink throws becomes text here, inside the time limit.
 */

/** What bounds every sink, and what bounds this one. */
export type Limits = typeof limits & Own;
export type Natives = ReturnType<typeof takeNatives>;

/** The natives the bridge uses, as they are before the sink runs. */
export function takeNatives() {
  const map = Map.prototype;
  return {
    parse: JSON.parse,
    stringify: JSON.stringify,
    apply: Reflect.apply,
    isInteger: Number.isInteger,
    slice: String.prototype.slice,
    promiseThen: Promise.prototype.then,
    mapGet: map.get,
    mapSet: map.set,
    mapDelete: map.delete,
    Number,
    String,
    Promise,
    Error,
    Map,
  };
}

/** @returns a function that says what was thrown, stack included, in a bounded text */
export function createSay({ apply, slice, String: text }: Natives, { errorText }: Limits) {
  const cut = (said: string): string => {
    if (said.length > 1_000_000) return `an error text of ${said.length} characters`;
    return said.length > errorText ? apply(slice, said, [0, errorText]) : said;
  };
  return (thrown: unknown): string => {
    try {
      if (typeof thrown !== 'object' || thrown === null) return cut(text(thrown));
      const stack: unknown = 'stack' in thrown ? thrown.stack : undefined;
      // QuickJS leaves out what was thrown.
      if (typeof stack === 'string' && apply(slice, stack, [0, 7]) === '    at ')
        return cut(`${text(thrown)}\n${apply(slice, stack, [0, -1])}`);
      if (typeof stack === 'string' && stack !== '') return cut(stack);
      return cut(text('message' in thrown ? thrown.message : thrown));
    } catch {
      return 'an error that cannot be read';
    }
  };
}
