import { runCli } from '../../../core/cli/cli.ts';

/** The `sluice` command as a process of its own, with a `start` that only says what it was told. */
process.exitCode = await runCli(process.argv.slice(2), {
  version: '9.9.9',
  run: async (options) => {
    console.log(JSON.stringify(options));
    return 0;
  },
  inspect: async (read) =>
    read.config.virtualServers.flatMap(({ bindings }, at) =>
      bindings.flatMap(({ sink }, nth) =>
        sink === 'unknown' ? [read.problemAt(['virtualServers', at, 'bindings', nth, 'sink'], 'no such sink')] : [],
      ),
    ),
  now: () => Date.UTC(2026, 10, 23, 12, 1, 0),
});
