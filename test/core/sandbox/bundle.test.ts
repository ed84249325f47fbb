import { relative } from 'node:path';
import { expect, test } from 'vitest';
import { buildSink } from '../../../core/sandbox/bundle.ts';
import { formatProblem } from '../../../core/sandbox/problem.ts';
import { bundleOf, makeFolder, sinkWith, writeSink } from './sinks-in-text.ts';

/** @returns the problems as a person reads them, the folder left out */
async function problemsOf(source: string): Promise<readonly string[]> {
  const folder = await makeFolder();
  const built = await buildSink(await writeSink(folder, 'probe', source));
  if (built.kind === 'bundle') return [];
  return built.problems.map((problem) => formatProblem(problem).replace(`${folder}/`, ''));
}

test('a syntax error is told with its place and a mark under it', async () => {
  expect(await problemsOf('export const a = 1;\nconst x = ;\n')).toEqual([
    'probe/sink.ts:2:11: Unexpected ";"\n  2 | const x = ;\n    |           ^',
  ]);
});

test('an import that is not there is told with its place', async () => {
  expect(
    await problemsOf("import { a } from './nowhere.ts';\nimport b from 'no-such-package';\nexport default [a, b];\n"),
  ).toEqual([
    `probe/sink.ts:1:19: Could not resolve "./nowhere.ts"\n  1 | import { a } from './nowhere.ts';\n    |                   ^^^^^^^^^^^^^^`,
    `probe/sink.ts:2:15: there is no package no-such-package here: npm install no-such-package\n  2 | import b from 'no-such-package';\n    |               ^^^^^^^^^^^^^^^^^`,
  ]);
});

test.each(['fs', 'node:fs', 'node:child_process', 'net'])('importing %s says what a sink has instead', async (name) => {
  const [first] = await problemsOf(`import * as it from '${name}';\nexport default it;\n`);
  expect(first).toMatch(
    `probe/sink.ts:1:21: a sink cannot use Node's ${name}: it runs in a sandbox; ask for a capability in 'needs'`,
  );
});

test('big integers are refused, with their place', async () => {
  const [first] = await problemsOf('export default 1;\nexport const big = 12n;\n');
  expect(first).toBe(
    'probe/sink.ts:2:20: a sink cannot use big integers: write a number or a string\n  2 | export const big = 12n;\n    |                    ^^^',
  );
});

test('a part of the SDK that is not there is told apart from a package that is not there', async () => {
  const [first] = await problemsOf("import '@sluice/sdk/nothing';\n");
  expect(first).toMatch("probe/sink.ts:1:8: there is no @sluice/sdk/nothing: import from '@sluice/sdk'");
});

test('a sink that has no file says so', async () => {
  const built = await buildSink(`${await makeFolder()}/none`).catch((thrown: unknown) => thrown);
  expect(built).toMatchObject({ kind: 'problems' });
});

test('the same source gives the same hash in another folder; a comment that moves a line gives another', async () => {
  const source = sinkWith('return next();');
  const [one, two, moved] = [await bundleOf(source), await bundleOf(source), await bundleOf(`// moved\n${source}`)];
  expect(one.hash).toBe(two.hash);
  expect(moved.hash).not.toBe(one.hash);
});

test('the bundle has one file: @sluice/sdk is ours, import() is none, and the map names the sources', async () => {
  const { code, map } = await bundleOf(sinkWith('return await import(recipient);'));
  expect(code).not.toMatch(/^import |\bimport\(/m);
  expect(JSON.parse(map).sources).toContain(relative('.', 'sdk/runtime.ts'));
  expect(JSON.parse(map).sources.some((source: string) => source.endsWith('/probe/sink.ts'))).toBe(true);
});
