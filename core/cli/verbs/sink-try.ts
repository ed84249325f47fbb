import { readFile, writeFile } from 'node:fs/promises';
import { eventNames, isEventName } from '../../../sdk/catalogue.ts';
import type { MessageView, TryReport, Workbench } from '../../workshop/workbench.ts';
import { diffLines } from '../line-diff.ts';
import { renderPage } from '../render-page.ts';
import { findSink, readSettings } from '../sink-places.ts';
import { printable, styled, type Terminal } from '../terminal.ts';
import { exitCodes, printJson, Refusal, type Verb } from '../verb.ts';
import { roughSize } from '../words.ts';

export type TrySinkOptions = {
  readonly settings?: string;
  readonly output?: string;
  readonly render?: string;
  readonly event?: string;
  readonly config?: string;
};
type Report = Extract<TryReport, { readonly kind: 'tried' }>;

/** `sluice sink try`: what a sink would do to a message, without a server. Exits 1 when the sink fails. */
export async function trySink(
  verb: Verb,
  { named, eml }: { readonly named: string; readonly eml: string },
  options: TrySinkOptions,
  tryOut: Workbench['tryOut'],
): Promise<number> {
  const { event = null } = options;
  if (event !== null && !isEventName(event))
    throw new Refusal(`There is no event ${event}; there are ${eventNames.join(', ')}`, exitCodes.usage);
  const { name, folder, binding } = await findSink(named, options.config);
  const settings = options.settings === undefined ? {} : { settings: await readSettings(options.settings) };
  const octets = await readFile(eml).catch(() => {
    throw new Refusal(`There is no message ${eml}`, exitCodes.usage);
  });
  const report = await tryOut({ folder, octets, event, binding: { ...binding, ...settings } });
  if (report.kind === 'problems') throw new Refusal(report.problems.join('\n'));

  const lines = linesOf(report);
  const diff = diffOf(report.before, report.after);
  if (options.output !== undefined) await writeFile(options.output, report.tried.octets ?? octets);
  if (options.render !== undefined)
    await writeFile(options.render, renderPage({ ...report, title: `${name} on ${eml}`, lines, diff }));
  const exitCode = report.tried.failure === null ? exitCodes.ok : exitCodes.problem;
  if (verb.json) return printJson(verb, jsonOf(report), exitCode);
  const { terminal } = verb;
  terminal.out(lines.map((line) => `${printable(line)}\n`).join(''));
  if (diff !== '') terminal.out(`\n${coloured(terminal, diff)}\n`);
  return exitCode;
}

function linesOf({ tried, before, after, submitted, memory }: Report): readonly string[] {
  const { event, decision, edits, note, failure, left, log, calls, ms } = tried;
  const said = decision === null ? 'was told' : JSON.stringify({ ...decision, edits: undefined, note: undefined });
  const cost = [`${ms ?? '?'} ms`, memory === null ? '' : `sandbox host ${roughSize(memory)}`]
    .filter(Boolean)
    .join(', ');
  return [
    failure === null ? `${event}: ${said}  (${cost})` : `${event}: failed with ${failure.code}  (${cost})`,
    ...(failure === null ? [] : [`  ${failure.at ?? ''}`, ...failure.text.split('\n').map((line) => `  ${line}`)]),
    ...edits.map((edit) => `  edit ${shortEdit(edit)}`),
    ...(note === null ? [] : [`  note: ${note.text}${valuesOf(note.values ?? {})}`]),
    ...(left === null ? [] : [`  not made: ${left}${mendOf(left)}`]),
    ...(calls.length === 0 ? [] : [`  host calls: ${calls.join(', ')}`]),
    ...log.map(({ level, text, values }) => `  log ${level}: ${text}${valuesOf(values)}`),
    ...submitted.map((message) => `  would send: ${message.split('\r\n\r\n', 1)[0]?.replaceAll('\r\n', ' | ')}`),
    `signature: ${before.protection}${after.protection === before.protection ? '' : ` → ${after.protection}`}`,
    before.size === after.size && diffOf(before, after) === ''
      ? 'the message is as it was'
      : `the message: ${before.size} → ${after.size} octets`,
  ];
}

/** What to write where edits are left out for a signature or a cipher, and no policy says otherwise. */
const mendOf = (left: string): string => {
  const [, what = ''] = /^(signed|encrypted):/.exec(left) ?? [];
  return what === '' ? '' : `; the binding may allow it with smime: { ${what}: wrap } and the like`;
};

const valuesOf = (values: object): string => (Object.keys(values).length === 0 ? '' : ` ${JSON.stringify(values)}`);

function shortEdit({ kind, ...said }: Report['tried']['edits'][number]): string {
  const text = `${kind} ${JSON.stringify(said)}`;
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

function diffOf(before: MessageView, after: MessageView): string {
  const views = [
    ['header', before.header, after.header],
    ['parts', before.parts, after.parts],
    ['text', before.text ?? '', after.text ?? ''],
    ['html', before.html ?? '', after.html ?? ''],
  ] as const;
  return views
    .map(([name, old, now]) => [name, diffLines(old, now)] as const)
    .filter(([, diff]) => diff !== '')
    .map(([name, diff]) => `[${name}]\n${diff}`)
    .join('\n');
}

function coloured(terminal: Terminal, diff: string): string {
  const line = (text: string): string =>
    text.startsWith('+')
      ? styled(terminal, 'green', text)
      : text.startsWith('-')
        ? styled(terminal, 'red', text)
        : text;
  return diff.split('\n').map(printable).map(line).join('\n');
}

function jsonOf({ tried, before, after, submitted, memory }: Report): object {
  const { octets: _, ...rest } = tried;
  return { ...rest, before, after, submitted, memory };
}
