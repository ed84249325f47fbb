import { z } from 'zod';
import type { HttpMethod } from '../../../sdk/capabilities/http.ts';

/** A request as a sink asked for it, every part read anew. */
export type HttpArguments = {
  readonly url: URL;
  readonly method: HttpMethod;
  readonly options: Omit<z.output<typeof options>, 'method'>;
};

const most = { url: 8_192, headers: 32, value: 8_192, body: 2 ** 20 };

/** White space, control characters and `\` are what readers of URLs disagree about: a URL has none. */
const url = z
  .string()
  .max(most.url)
  .regex(/^https?:\/\/[^\s\p{Cc}\\]+$/iu, 'expected a URL that begins with https:// or http://');
const name = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/, 'expected a header name as in RFC 9110 §5.1');
/** Visible ASCII, spaces and tabs inside: neither CR nor LF. */
const value = z
  .string()
  .max(most.value)
  .regex(/^(?:[!-~](?:[\t -~]*[!-~])?)?$/, 'expected a header value of printable ASCII');
const reference = z.strictObject({
  secret: z.string().max(64),
  prefix: z
    .string()
    .max(128)
    .regex(/^[ -~]*$/)
    .optional(),
});

const body = z.union([
  z.literal('message'),
  z.strictObject({ text: z.string().max(most.body) }),
  z.strictObject({ json: z.unknown() }),
  z.strictObject({
    base64: z
      .string()
      .max(2 * most.body)
      .regex(/^[A-Za-z0-9+/]*={0,2}$/, 'expected base64'),
  }),
]);
const options = z.strictObject({
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).optional(),
  headers: z
    .record(name, z.union([value, reference]))
    .refine((all) => Object.keys(all).length <= most.headers, `expected at most ${most.headers} headers`)
    .optional(),
  body: body.optional(),
  as: z.enum(['text', 'base64']).optional(),
  timeout: z.int().min(1).optional(),
});
const given = z.tuple([url, options.nullish()]);

/** @param method of `get` and `post`; null: the options name it @throws z.ZodError, RangeError */
export function readHttpArguments(args: readonly unknown[], method: HttpMethod | null): HttpArguments {
  const [text, said] = given.parse(args.length < 2 ? [args[0], null] : args.slice(0, 2));
  const { method: named, ...rest } = said ?? {};
  if (method !== null && named !== undefined) throw new RangeError('the method is said already; use http.request');
  const used = method ?? named;
  if (used === undefined) throw new RangeError('options.method is missing');
  if (rest.body !== undefined && (used === 'GET' || used === 'HEAD')) throw new RangeError(`${used} has no body`);
  if (!URL.canParse(text)) throw new RangeError('argument 1: expected a URL');
  const read = new URL(text);
  if (read.username !== '' || read.password !== '')
    throw new RangeError('argument 1: a user in a URL is not sent; use the header Authorization');
  return { url: read, method: used, options: rest };
}
