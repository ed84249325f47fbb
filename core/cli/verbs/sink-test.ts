import type { Workbench } from '../../workshop/workbench.ts';
import { findSink, listSinkFolders } from '../sink-places.ts';
import { Refusal } from '../verb.ts';

/** `sluice sink test [name]`: the tests in the sink's folder, or in all of them. */
export async function testSinks(
  named: string | undefined,
  config: string | undefined,
  test: Workbench['test'],
): Promise<number> {
  const folders = named === undefined ? await listSinkFolders(config) : [(await findSink(named, config)).folder];
  if (folders.length === 0) throw new Refusal('There are no sinks here: make one with sluice sink new hello');
  return await test(folders);
}
