import type { Problem } from '../config/config.ts';
import { createDispatcher } from '../events/dispatch.ts';
import { openSinkFolders } from '../sandbox/sink-folder.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import { openLog } from '../telemetry/telemetry.ts';
import { createCallSink } from './call-sink.ts';
import { placed, type GoodConfig } from './reload.ts';
import { createRoster } from './roster.ts';
import { wantedBindings } from './wanted.ts';

/** What `sluice check` looks at beyond the file: sinks are loaded, their bindings and settings tried, in a sandbox of its own. */
export async function inspect(read: GoodConfig): Promise<readonly Problem[]> {
  await using open = new AsyncDisposableStack();
  const { config } = read;
  const log = openLog({ level: 'error' });
  const sandbox = open.use(await startSandbox({ hosts: 1, log }));
  const describe = sandbox.describe.bind(sandbox);
  const sinks = open.use(await openSinkFolders({ folders: config.sinks, describe }));
  const callSink = createCallSink(sandbox, {
    callsOf: () => async () => {
      throw new Error('a check makes no host calls');
    },
  });
  const dispatcher = createDispatcher({ callSink, record: () => undefined, now: Date.now });
  const roster = open.use(
    createRoster({
      sandbox,
      dispatcher,
      allowed: config.sandbox,
      kept: sinks.revision,
      isStruck: () => false,
      randomId: () => 'check',
      log,
    }),
  );

  const broken = sinks.problems().map(({ sink, file, line, column, text }) => {
    return { file, line, column, path: [], text: `sink ${sink}: ${text}` };
  });
  const change = await roster.apply(wantedBindings(config), sinks.current());
  if (change.kind === 'problems') return [...broken, ...placed(change, read)];
  change.confirm();
  return broken;
}
