import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { explainMissing, missing, refused } from '../../../core/sandbox/missing.ts';
import { bundleOf, megabytes, rcpt, sinkWith, useSandbox } from './sinks-in-text.ts';

const memory = 32 * megabytes;
const sandbox = useSandbox();

/** Runs a body as a sink. @returns what it answers */
async function run(body: string, imports = ''): Promise<unknown> {
  await sandbox.open({
    id: 'a',
    bundle: await bundleOf(`${imports}\n${sinkWith(body)}`),
    settings: {},
    limits: { memory },
  });
  return await sandbox.call(rcpt('a', 'bob@example.test', { cpu: 1000 }));
}

/** Sinks of tests lie outside of the repository: they import a package by its folder. */
const folderOf = (url: string): string => JSON.stringify(/^file:\/\/(.*\/node_modules\/[^/]+)\//.exec(url)?.[1]);

test.each(Object.entries(missing))('%s is not there, and a sink that uses it is told why', async (name, why) => {
  expect(await run(`return typeof (globalThis as any)['${name}'];`)).toBe('undefined');
  await sandbox.close('a');
  await expect(run(`return typeof (${name} as any).prototype;`)).rejects.toMatchObject({
    code: 'sandbox.threw',
    context: {
      at: expect.stringContaining('probe/sink.ts:'),
      error: expect.stringContaining(`ReferenceError: ${name} is not available in a sink: ${why}\n    at `),
    },
  });
});

test('a name the sink itself forgot to define is left as it is', () => {
  expect(explainMissing('ReferenceError: greylist is not defined')).toBe('ReferenceError: greylist is not defined');
  expect(explainMissing('ReferenceError: constructor is not defined')).toContain('is not defined');
});

test.each(Object.entries(refused))('calling %s is refused by name', async (name, why) => {
  expect(await run(`try { (globalThis as any).${name}('1'); } catch (error) { return String(error); }`)).toBe(
    `TypeError: ${name} is not available in a sink: ${why}`,
  );
});

test('big integers are inert: they can be made, and nothing can be done with them', async () => {
  const body = `const say = (run: () => unknown) => { try { return String(run()); } catch (error) { return (error as Error).message; } };
    const big: any = (globalThis as any).BigInt('9223372036854775807');
    return [typeof big, say(() => big + 1), say(() => big < 2), say(() => JSON.stringify(big)), 'getBigInt64' in DataView.prototype];`;
  const why = 'BigInt is not available in a sink: there are no big integers; use numbers or strings';
  expect(await run(body)).toEqual(['object', why, why, why, false]);
});

test.each([
  ['new Array(2 ** 32 - 1).forEach(() => 1)', 'forEach: at most 4000000 elements in a sink'],
  ['Array.prototype.sort.call({ length: 2 ** 53 - 1 })', 'sort: at most 4000000 elements in a sink'],
  ['Array.prototype.join.call({ length: 2 ** 53 - 1 })', 'join: at most 4000000 elements in a sink'],
  ['[].concat(new Array(2 ** 32 - 1) as any)', 'concat: at most 4000000 elements in a sink'],
  ['Array.from({ length: 2 ** 32 - 1 })', 'from: at most 4000000 elements in a sink'],
  ['Object.keys(new Array(2 ** 32 - 1))', 'keys: at most 4000000 elements in a sink'],
  ['JSON.stringify(new Array(2 ** 32 - 1))', 'stringify: at most 4000000 elements in a sink'],
  ["'a'.repeat(2 ** 28)", 'repeat: at most 16000000 characters in a sink'],
  ["'a'.padStart(2 ** 28)", 'padStart: at most 16000000 characters in a sink'],
  ["long.split('')", 'split: at most 16000000 characters in a sink'],
  ['long.match(/a/g)', 'match: at most 16000000 characters in a sink'],
  ['Object.entries(long)', 'entries: at most 4000000 elements in a sink'],
  ['JSON.parse(long)', 'parse: at most 16000000 characters in a sink'],
])('%s is refused at once', async (code, why) => {
  const body = `let long = 'aaaaaaaaaaaaaaaa'; while (long.length < 2 ** 28) long += long;
    try { ${code}; } catch (error) { return String(error); }`;
  expect(await run(body)).toBe(`RangeError: ${why}`);
});

test('what is guarded does what it always did, whatever arguments are left out', async () => {
  const body = `const list = [3, 1, 2];
    return [list.slice(), list.slice(1), [1, 2, 3], list.map((x) => x * 2), list.reduce((a, b) => a + b), list.lastIndexOf(3), list.concat([4], 5 as any),
      list.toSpliced(1), list.indexOf(2, -1), list.fill(0, 1), list.join(), list.map.length, list.concat.name, [1, [2, [3]]].flat(),
      'a,b'.split(','), 'a,b'.split(',', 1), 'abc'.replace(/b/, (x) => x + x), 'aXa'.replaceAll('a', '-'), 'ab'.repeat(2), 'a'.padStart(3), 'a'.padEnd(3, 'b'),
      'é'.normalize('NFD').length, 'İ'.toLocaleLowerCase().length, [...'a1b2'.matchAll(/[0-9]/g)].length, String.raw\`a\\n\${1}\`, JSON.stringify({ a: 1 }, null, 1),
      JSON.parse('[1]', (_, x) => x), Object.entries({ a: 1 }), Object.assign({}, { a: 1 }, { b: 2 }), Array.from('ab'), Array.from([1], (x: number) => x + 1), Reflect.ownKeys([1]),
      new ArrayBuffer(8).byteLength, new Uint8Array(2).buffer.constructor === ArrayBuffer, new Uint8Array(4).buffer.slice(1) instanceof ArrayBuffer,
      (new ArrayBuffer(8, { maxByteLength: 99 } as any) as any).resizable, await Promise.all([1, Promise.resolve(2)])];`;
  expect(await run(body)).toEqual([
    [3, 1, 2],
    [1, 2],
    [1, 2, 3],
    [6, 2, 4],
    6,
    0,
    [3, 1, 2, 4, 5],
    [3],
    2,
    [3, 0, 0],
    '3,0,0',
    1,
    'concat',
    [1, 2, [3]],
    ['a', 'b'],
    ['a'],
    'abbc',
    '-X-',
    'abab',
    '  a',
    'abb',
    2,
    'İ'.toLocaleLowerCase().length,
    2,
    String.raw`a\n1`,
    '{\n "a": 1\n}',
    [1],
    [['a', 1]],
    { a: 1, b: 2 },
    ['a', 'b'],
    [2],
    ['0', 'length'],
    8,
    true,
    true,
    false,
    [1, 2],
  ]);
});

test('what makes a stack cannot be changed, and code that tries goes on', async () => {
  const body = `Error.prepareStackTrace = (() => ({})) as any;
    Error.stackTraceLimit = 1e9;
    return [typeof Error.prepareStackTrace, Error.stackTraceLimit, typeof new Error('x').stack];`;
  expect(await run(body)).toEqual(['undefined', 10, 'string']);
});

test('zod loads, validates and says what is wrong', async () => {
  const body = `const schema = z.object({ to: z.email(), size: z.number().max(5), at: z.iso.datetime().optional() });
    return [schema.safeParse({ to: recipient, size: 1 }).success, schema.safeParse({ to: 'x', size: 9 }).error?.issues.map(({ message }: any) => message)];`;
  expect(await run(body, `import { z } from ${folderOf(import.meta.resolve('zod'))};`)).toEqual([
    true,
    ['Invalid email address', 'Too big: expected number to be <=5'],
  ]);
});

test('valibot loads, validates and says what is wrong', async () => {
  const body = `const schema = v.object({ to: v.pipe(v.string(), v.email()), words: v.array(v.pipe(v.string(), v.minLength(2))) });
    return [v.safeParse(schema, { to: recipient, words: ['ab'] }).success, v.safeParse(schema, { to: 'x', words: ['a'] }).issues?.length];`;
  expect(await run(body, `import * as v from ${folderOf(import.meta.resolve('valibot'))};`)).toEqual([true, 2]);
});

test('liquidjs loads and renders', async () => {
  const body = `const engine = new Liquid({ outputEscape: 'escape' });
    const text = 'Dear {{ to | split: "@" | first | capitalize }},{% for line in lines %} {{ forloop.index }}:{{ line }}{% endfor %} {{ 0 | date: "%Y" }}';
    return [engine.parseAndRenderSync(text, { to: recipient, lines: ['<b>', 'c'] }), await engine.parseAndRender('{{ 1 | plus: 2 }}')];`;
  expect(await run(body, `import { Liquid } from ${folderOf(import.meta.resolve('liquidjs'))};`)).toEqual([
    'Dear Bob, 1:&lt;b&gt; 2:c 1970',
    '3',
  ]);
});

test('a generator that waits for the list it loops over works', async () => {
  const body = `function* double(): any { for (const each of yield 'list') { yield each * 2; } }
    const walk = double();
    return [walk.next().value, walk.next([1, 2]).value, walk.next().value, walk.next().done];`;
  expect(await run(body)).toEqual(['list', 2, 4, true]);
});

test('the page for authors names everything that is missing or refused', async () => {
  const page = await readFile(new URL('../../../core/sandbox/LOCKDOWN.md', import.meta.url), 'utf8');
  for (const [name, why] of Object.entries({ ...missing, ...refused }))
    expect(page).toMatch(new RegExp(`\`${name}\`.*${why}`));
});
