import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const bin = (name: string): string => join(root, 'node_modules/.bin', name);
let folder: string;

/** Runs a command and wants it to end well. @returns what it printed */
function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  expect({ status, stderr, stdout }).toMatchObject({ status: 0 });
  return stdout;
}

const source = `import { defineSink, next, reject } from '@sluice/sdk';

export default defineSink({
  name: 'no-cats',
  version: '1.0.0',
  description: 'Refuses mail about cats.',
  role: 'decides',
  onEndOfData({ message }, { log }) {
    log.info('read');
    return message.field('Subject')?.includes('cat') ? reject('No cats') : next();
  },
});
`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-sdk-'));
  run('npm', ['run', '-s', 'pack:sdk', '--', '--pack-destination', folder], root);
  writeFileSync(join(folder, 'package.json'), '{ "name": "stranger", "type": "module" }');
  const { version } = JSON.parse(readFileSync(join(root, 'sdk/package.json'), 'utf8')) as { readonly version: string };
  const flags = ['--offline', '--no-audit', '--no-fund', '--omit=peer'];
  run('npm', ['install', ...flags, `./sluice-sdk-${version}.tgz`], folder);
  writeFileSync(join(folder, 'sink.ts'), source);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the package is JavaScript with types, its README, change log, licence and reference, and no source', () => {
  const installed = join(folder, 'node_modules/@sluice/sdk');
  const files = run('find', ['.', '-type', 'f'], installed).split('\n');
  expect(files).toEqual(
    expect.arrayContaining([
      './index.js',
      './index.d.ts',
      './README.md',
      './CHANGELOG.md',
      './LICENSE',
      './docs/events.md',
    ]),
  );
  expect(files.filter((file) => /(?<!\.d)\.ts$/.test(file))).toEqual([]);
});

test('a sink in an empty folder compiles with plain tsc and the installed package alone', () => {
  const flags = ['--strict', '--noEmit', '--target', 'es2024', '--module', 'nodenext', '--types', '', '--diagnostics'];
  const said = run(bin('tsc'), [...flags, 'sink.ts'], folder);
  const total = /Total time:\s+([\d.]+)s/.exec(said)?.[1];
  expect(total).toBeDefined();
  console.log(`tsc on a sink: ${total} s`);
  writeFileSync(join(folder, 'wrong.ts'), source.replace("reject('No cats')", 'reject(1)'));
  expect(spawnSync(bin('tsc'), [...flags, 'wrong.ts'], { cwd: folder, encoding: 'utf8' }).stdout).toContain('TS2345');
});

test('the installed package runs: a sink is fired with its test kit', () => {
  const main = `import { fire } from '@sluice/sdk/testing';
import { defineSink, reject } from '@sluice/sdk';
const sink = defineSink({ name: 'a', version: '1', description: '', role: 'decides', onRcpt: () => reject('No') });
console.log((await fire(sink, 'onRcpt')).decision.reply.text);`;
  mkdirSync(join(folder, 'run'));
  writeFileSync(join(folder, 'run/main.mjs'), main);
  expect(run(process.execPath, ['run/main.mjs'], folder)).toBe('No\n');
});

test('the SDK adds less than 10 KB to a bundle', async () => {
  const options = { bundle: true, write: false, format: 'cjs', platform: 'browser', absWorkingDir: folder } as const;
  const { outputFiles } = await build({ ...options, entryPoints: ['sink.ts'] });
  const added = (outputFiles[0]?.contents.length ?? Infinity) - Buffer.byteLength(source);
  console.log(`the SDK adds ${added} octets`);
  expect(added).toBeLessThan(10_240);
});
