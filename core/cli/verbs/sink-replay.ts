import type { OutputOf } from '../../admin/routes.ts';
import type { ReplayReport, Workbench } from '../../workshop/workbench.ts';
import { findSink, readSettings, type SinkPlace } from '../sink-places.ts';
import { printable, styled, type Terminal } from '../terminal.ts';
import { ask, exitCodes, printJson, Refusal, type Verb } from '../verb.ts';
import { countOf, dateTime } from '../words.ts';

export type ReplayWords = {
  readonly trace?: string;
  readonly last: number;
  readonly settings?: string;
  readonly answers?: string;
};
type Options = ReplayWords & { readonly config?: string };
type Replayed = Extract<ReplayReport, { readonly kind: 'replayed' }>;
type Run = Replayed['runs'][number];
type Recorded = OutputOf<'recorded'>;

/** `sluice sink replay`: recorded events against the sink as it is now. Exits 1 when it decides anything otherwise. */
export async function replaySink(
  verb: Verb,
  named: string,
  options: Options,
  replay: Workbench['replay'],
): Promise<number> {
  const place = await findSink(named, options.config);
  const recorded = await readRecorded(verb, place.name, options);
  const reports = await replayAll(place, recorded, options, replay);
  const [first] = reports;
  if (!first) throw new Refusal('There is nothing to replay');
  const runs = reports.flatMap((report) => report.runs);
  const differences = runs.filter(({ differs }) => differs);
  const exitCode = differences.length === 0 ? exitCodes.ok : exitCodes.problem;
  if (verb.json) {
    const { version, hash } = first;
    return printJson(verb, { sink: place.name, version, hash, replayed: runs.length, differences }, exitCode);
  }
  const { terminal } = verb;
  const title = `${countOf(runs.length, 'event')} replayed against ${place.name} ${first.version} (${first.hash.slice(0, 7)})`;
  const otherwise = differences.length === 0 ? 'all as before' : `${differences.length} otherwise`;
  terminal.out(`${title}: ${otherwise}\n`);
  for (const run of differences) terminal.out(`\n${linesOf(terminal, run)}`);
  terminal.out(refusalsOf(runs));
  return exitCode;
}

async function readRecorded(verb: Verb, sink: string, { trace, last }: Options): Promise<Recorded> {
  const recorded = await ask(verb, 'recorded', { sink, last: Math.min(last, 1_000), ...(trace && { traceId: trace }) });
  const of = trace === undefined ? '' : ` in trace ${trace}`;
  if (recorded.recording === null)
    throw new Refusal(
      'Nothing is recorded: write `telemetry: { record: { days: 1 } }` into sluice.yaml and start Sluice again',
    );
  if (recorded.events.length === 0)
    throw new Refusal(
      `Nothing is recorded of ${sink}${of}: it was not asked since, or that is older than what is kept`,
    );
  return recorded;
}

/** Each binding with its own settings, and memory of its own. */
async function replayAll(
  { folder, bindingOf }: SinkPlace,
  { events, recording }: Recorded,
  options: Options,
  replay: Workbench['replay'],
): Promise<readonly Replayed[]> {
  const settings = options.settings === undefined ? {} : { settings: await readSettings(options.settings) };
  const answers = options.answers === undefined ? {} : await readSettings(options.answers);
  const reports: Replayed[] = [];
  for (const [key, own] of Map.groupBy(events, ({ binding }) => binding)) {
    const report = await replay({
      folder,
      binding: { ...bindingOf(key), ...settings },
      events: own.map((event) => ({
        ...event,
        octets: event.octets === null ? null : Buffer.from(event.octets, 'base64'),
      })),
      bodies: recording?.bodies ?? false,
      answers,
    });
    if (report.kind === 'problems') throw new Refusal(report.problems.join('\n'));
    reports.push(report);
  }
  return reports;
}

function linesOf(terminal: Terminal, { at, event, traceId, binding, revision, before, now }: Run): string {
  const head = `${dateTime(at)} ${event} ${binding}  trace ${traceId}, then ${revision.slice(0, 7)}`;
  const [was, is] = [before, now].map((answer) => printable(shown(answer)));
  return `${printable(head)}\n${styled(terminal, 'red', `- ${was}`)}\n${styled(terminal, 'green', `+ ${is}`)}\n`;
}

function shown(answer: Run['before']): string {
  if (answer.kind === 'fault') return `failed with ${answer.code}${answer.error === '' ? '' : `: ${answer.error}`}`;
  if (answer.decision === null) return 'was told';
  const text = JSON.stringify({ ...answer.decision, note: undefined });
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

/** What the sink asked for and a replay does not do. */
function refusalsOf(runs: readonly Run[]): string {
  const names = new Set(runs.flatMap(({ refused }) => refused));
  const lines = [...names].toSorted().map((name) => {
    const count = runs.filter(({ refused }) => refused.includes(name)).length;
    const how = name.startsWith('message.')
      ? 'record bodies: telemetry: { record: { bodies: true } }'
      : `give its answer in a file, --answers <file>: { ${name}: … }`;
    return `${name} was refused in ${countOf(count, 'event')}: ${how}\n`;
  });
  return lines.length === 0 ? '' : `\n${lines.join('')}`;
}
