import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { url, waitForDebugger } from 'node:inspector';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { formatProblem, showPath } from '../sandbox/problem.ts';
import type { InspectOptions } from './inspect.ts';
import { loadPlainly } from './load-plainly.ts';
import type { Tried } from './trial-desk.ts';
import { trialEventOf } from './try.ts';

/** The process `sluice sink inspect` starts: one sink, in the open. */
const options: InspectOptions = JSON.parse(process.argv[2] ?? '{}');
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const file = showPath(join(options.folder, 'sink.ts'));
const scratch = await mkdtemp(join(tmpdir(), 'sluice-inspect-'));

try {
  say(`UNSANDBOXED, for development only: ${file} runs as plain Node, with all your rights and without limits.`);
  await run(true);
  say(`Enter asks it again, as the file is then; ctrl-c ends this.`);
  for await (const _ of createInterface({ input: process.stdin })) await run(false);
} finally {
  await rm(scratch, { recursive: true, force: true });
}

async function run(isFirst: boolean): Promise<void> {
  const octets = options.eml === null ? null : await readFile(options.eml);
  const loaded = await loadPlainly(options, scratch);
  if (loaded.kind === 'problems') {
    const lines = loaded.problems.map((problem) => (typeof problem === 'string' ? problem : formatProblem(problem)));
    say(lines.join('\n'));
    if (isFirst) process.exitCode = 1;
    return;
  }
  const { event, payload } = options;
  const trial = trialEventOf(loaded.manifest, { event, octets, payload });
  if (isFirst) {
    say(`Waiting for a debugger: open chrome://inspect, or attach your editor to ${url()}`);
    say(`It stops at the door of ${trial.event}: step into it.`);
    waitForDebugger();
  }
  say(linesOf(await loaded.fire(trial)).join('\n'));
}

function linesOf({ event, decision, edits, failure, left, log, calls, ms }: Tried): readonly string[] {
  const said = decision === null ? 'was told' : JSON.stringify({ ...decision, edits: undefined });
  return [
    failure === null ? `${event}: ${said}  (${ms ?? '?'} ms)` : `${event}: failed\n${failure.text}`,
    ...edits.map((edit) => `  edit ${JSON.stringify(edit)}`),
    ...(left === null ? [] : [`  not made: ${left}`]),
    ...(calls.length === 0 ? [] : [`  host calls: ${calls.join(', ')}`]),
    ...log.map(({ level, text, values }) => `  log ${level}: ${text} ${JSON.stringify(values)}`),
  ];
}
