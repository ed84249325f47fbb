import { expect, onTestFinished, test } from 'vitest';
import { rescanSinks } from '../../core/platform/sink-watch.ts';
import { openSinkFolders } from '../../core/sandbox/sink-folder.ts';
import { makeFolder, openSandbox, sinkWith, writeSink } from '../core/sandbox/sinks-in-text.ts';

test('a revision that was replaced is let go of: saves do not add up in memory', async () => {
  const folder = await makeFolder();
  await writeSink(folder, 'one', sinkWith('return 1;', { name: 'one' }));
  const sandbox = await openSandbox();
  const sinks = await openSinkFolders({ folders: [folder], describe: (bundle) => sandbox.describe(bundle) });
  onTestFinished(() => sinks[Symbol.asyncDispose]());
  const before = sinks.current().get('one')?.hash ?? '';

  await writeSink(folder, 'one', sinkWith('return 2;', { name: 'one' }));
  expect((await rescanSinks(sinks, 'one')).changed).toEqual(['one']);
  const after = sinks.current().get('one')?.hash ?? '';
  expect(sinks.revision('one', before)).toBeNull();
  expect(sinks.revision('one', after)?.hash).toBe(after);

  expect((await rescanSinks(sinks)).changed).toEqual([]);
  expect(sinks.revision('one', after)?.hash).toBe(after);
});
