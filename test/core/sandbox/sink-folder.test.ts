import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { formatProblem } from '../../../core/sandbox/problem.ts';
import { openRevisionStore } from '../../../core/sandbox/revision-store.ts';
import { openSinkFolders, type SinkFolders } from '../../../core/sandbox/sink-folder.ts';
import { openLog } from '../../../core/telemetry/telemetry.ts';
import { makeFolder, megabytes, openSandbox, rcpt, sinkWith, writeSink } from './sinks-in-text.ts';

async function openFolder(folder: string): Promise<SinkFolders> {
  const sandbox = await openSandbox();
  const opened = await openSinkFolders({ folders: [folder], describe: (bundle) => sandbox.describe(bundle) });
  onTestFinished(() => opened[Symbol.asyncDispose]());
  return opened;
}

const textsOf = (sinks: SinkFolders, folder: string) =>
  sinks.problems().map((problem) => formatProblem(problem).replaceAll(`${folder}/`, ''));

test('a folder with a sink.ts is a sink; others are not', async () => {
  const folder = await makeFolder();
  await writeSink(folder, 'one', sinkWith('return next();', { name: 'one' }));
  await writeSink(folder, 'two', sinkWith('return next();', { name: 'two' }));
  await writeSink(folder, 'empty', '');
  await rm(join(folder, 'empty', 'sink.ts'));
  const sinks = await openFolder(folder);

  expect([...sinks.current().keys()]).toEqual(['one', 'two']);
  expect(sinks.current().get('one')).toMatchObject({
    name: 'one',
    manifest: { events: ['onRcpt'], needs: ['kv', 'message', 'clock'] },
  });
  expect(sinks.problems()).toEqual([]);
});

test('a folder that is not there counts as empty', async () => {
  const sinks = await openFolder('/nonexistent/sinks');
  expect(sinks.current().size).toBe(0);
});

test('rescan() finds what changed, what is new and what is gone; the same content is no change', async () => {
  const folder = await makeFolder();
  await writeSink(folder, 'one', sinkWith('return 1;', { name: 'one' }));
  await writeSink(folder, 'gone', sinkWith('return 1;', { name: 'gone' }));
  const sinks = await openFolder(folder);
  const before = sinks.current().get('one');

  expect(await sinks.rescan()).toEqual({ changed: [], removed: [] });
  await writeSink(folder, 'one', sinkWith('return 2;', { name: 'one' }));
  await writeSink(folder, 'new', sinkWith('return 1;', { name: 'new' }));
  await rm(join(folder, 'gone'), { recursive: true });
  expect(await sinks.rescan()).toEqual({ changed: ['new', 'one'], removed: ['gone'] });

  const after = sinks.current().get('one');
  expect(after?.hash).not.toBe(before?.hash);
  expect(sinks.revision('one', before?.hash ?? '')).toBe(before);
  expect(sinks.revision('one', after?.hash.slice(0, 8) ?? '')).toBe(after);
});

test('the three revisions before the current one are kept: saves do not add up in memory', async () => {
  const folder = await makeFolder();
  await writeSink(folder, 'one', sinkWith('return 0;', { name: 'one' }));
  const sinks = await openFolder(folder);
  const hashes: string[] = [];
  for (let save = 1; save <= 5; save += 1) {
    hashes.push(sinks.current().get('one')?.hash ?? '');
    await writeSink(folder, 'one', sinkWith(`return ${save};`, { name: 'one' }));
    await sinks.rescan();
  }
  expect(hashes.map((hash) => sinks.revision('one', hash)?.hash === hash)).toEqual([false, false, true, true, true]);
});

test('rescan(name) looks at that sink only', async () => {
  const folder = await makeFolder();
  for (const name of ['one', 'two']) await writeSink(folder, name, sinkWith('return 1;', { name }));
  const sinks = await openFolder(folder);
  for (const name of ['one', 'two']) await writeSink(folder, name, sinkWith('return 2;', { name }));

  expect(await sinks.rescan('two')).toEqual({ changed: ['two'], removed: [] });
  expect(await sinks.rescan()).toEqual({ changed: ['one'], removed: [] });
});

const broken: readonly (readonly [what: string, source: string, text: string])[] = [
  ['does not compile', 'const x = ;\n', 'probe/sink.ts:1:11: Unexpected ";"\n  1 | const x = ;\n    |           ^'],
  [
    'imports what is not there',
    "import './nowhere.ts';\n",
    'probe/sink.ts:1:8: Could not resolve "./nowhere.ts"\n  1 | import \'./nowhere.ts\';\n    |        ^^^^^^^^^^^^^^',
  ],
  [
    'has no default export',
    'export const a = 1;\n',
    'probe/sink.ts:1:1: no default export: sink.ts must export default defineSink({ … })',
  ],
  [
    'exports something else',
    'export default 5;\n',
    'probe/sink.ts:1:1: the default export is not a sink: sink.ts must export default defineSink({ … })',
  ],
  [
    'throws while it is loaded',
    'const rules: any = null;\nexport default rules.first;\n',
    "probe/sink.ts:2:22: TypeError: Cannot read properties of null (reading 'first')\n    at probe/sink.ts:2:22",
  ],
  [
    'has another name than its folder',
    sinkWith('', { name: 'other' }),
    'probe/sink.ts:1:1: name: the sink calls itself other, its folder probe',
  ],
  [
    'handles an event there is not',
    sinkWith('').replace('onRcpt', 'onRecipient'),
    'probe/sink.ts:1:1: events.0: there is no event onRecipient',
  ],
];

test.each(broken)('a version that %s leaves the old one current, and says why and where', async (_, source, text) => {
  const folder = await makeFolder();
  await writeSink(folder, 'probe', sinkWith('return 1;'));
  const sinks = await openFolder(folder);
  const good = sinks.current().get('probe');

  await writeSink(folder, 'probe', source);
  expect(await sinks.rescan()).toEqual({ changed: [], removed: [] });
  expect(textsOf(sinks, folder)).toEqual([text]);
  expect(sinks.current().get('probe')).toBe(good);

  await writeSink(folder, 'probe', sinkWith('return 2;'));
  expect(await sinks.rescan()).toEqual({ changed: ['probe'], removed: [] });
  expect(sinks.problems()).toEqual([]);
});

test('hot swap: the old revision answers until the new one is open, and both may run side by side', async () => {
  const folder = await makeFolder();
  await writeSink(folder, 'probe', sinkWith('return "old";'));
  const sandbox = await openSandbox();
  await using sinks = await openSinkFolders({ folders: [folder], describe: (bundle) => sandbox.describe(bundle) });
  const open = async (): Promise<string> => {
    const revision = sinks.current().get('probe');
    if (!revision) throw new Error('no revision');
    await sandbox.open({
      id: revision.hash,
      bundle: revision.bundle,
      settings: {},
      limits: { memory: 16 * megabytes },
    });
    return revision.hash;
  };

  const old = await open();
  await writeSink(folder, 'probe', sinkWith('return "new";'));
  await sinks.rescan('probe');
  const fresh = await open();
  expect(await Promise.all([sandbox.call(rcpt(old, 'x')), sandbox.call(rcpt(fresh, 'x'))])).toEqual(['old', 'new']);
  await sandbox.close(old);
  expect(await sandbox.call(rcpt(fresh, 'x'))).toBe('new');
});

test('a revision that was replaced is there after a restart, and no more of them than are kept', async () => {
  const [folder, data] = [await makeFolder(), await makeFolder()];
  const sandbox = await openSandbox();
  const log = openLog({ level: 'fatal' });
  const open = () =>
    openSinkFolders({
      folders: [folder],
      describe: (bundle) => sandbox.describe(bundle),
      store: openRevisionStore({ folder: data, kept: 2, log }),
    });
  const hashes: string[] = [];
  {
    await using sinks = await open();
    for (let save = 0; save < 4; save += 1) {
      await writeSink(folder, 'one', sinkWith(`return ${save};`, { name: 'one' }));
      await sinks.rescan();
      hashes.push(sinks.current().get('one')?.hash ?? '');
    }
  }
  await using sinks = await open();
  expect(hashes.map((hash) => sinks.revision('one', hash)?.hash === hash)).toEqual([false, false, true, true]);
  const old = sinks.revision('one', hashes[2] ?? '');
  expect(old?.manifest).toMatchObject({ name: 'one', events: ['onRcpt'] });
  await sandbox.open({ id: 'old', bundle: old?.bundle ?? never(), settings: {} });
  expect(await sandbox.call(rcpt('old', 'x'))).toBe(2);
  expect(await readdir(join(data, 'one'))).toHaveLength(2);
});

test.each(['{', '{"manifest":{},"bundle":{}}', '{"manifest":null}'])(
  'a file among the kept revisions that says %s is left out',
  async (text) => {
    const data = await makeFolder();
    await mkdir(join(data, 'one'));
    await writeFile(join(data, 'one', `${'a'.repeat(64)}.json`), text);
    const store = openRevisionStore({ folder: data, kept: 2, log: openLog({ level: 'fatal' }) });
    expect(await store.load('one')).toEqual([]);
  },
);

const never = (): never => {
  throw new Error('no revision');
};
