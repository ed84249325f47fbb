import type { OutputOf } from '../../admin/routes.ts';
import { formatDetail } from '../detail.ts';
import { formatTable, type Cell } from '../table.ts';
import { printable, styled, type Style } from '../terminal.ts';
import { ask, exitCodes, printJson, Refusal, type Verb } from '../verb.ts';
import { countOf, dateTime, roughly } from '../words.ts';

type Entry = OutputOf<'trace'>[number];

/** `sluice trace <id>`: what happened to a message or in a session, who had a say in it, and how long each took. */
export async function printTrace(verb: Verb, id: string): Promise<number> {
  const absent = `There is no trace ${id}: it may be of another data folder, or older than the traces that are kept.`;
  const entries = await ask(verb, 'trace', { id }, absent);
  if (verb.json) return printJson(verb, entries);
  const [first] = entries;
  if (!first) throw new Refusal(absent);

  const { terminal } = verb;
  const servers = [...new Set(entries.map(({ virtualServer }) => virtualServer))].join(', ');
  const took = roughly((entries.at(-1)?.at ?? first.at) - first.at);
  const asked = entries.filter(({ sink }) => sink !== null);
  const sinks = asked.length === 0 ? '' : `, ${countOf(asked.length, 'answer')} from sinks`;
  terminal.out(`${styled(terminal, 'bold', printable(`trace ${id}`))} on ${printable(servers)}, `);
  terminal.out(`${dateTime(first.at)}, ${countOf(entries.length, 'step')} in ${took}${sinks}\n\n`);
  terminal.out(
    formatTable(
      terminal,
      columns,
      entries.map((entry) => rowOf(entry, first.at)),
    ),
  );
  return exitCodes.ok;
}

const columns = [
  { title: 'TIME', align: 'right' },
  { title: 'EVENT' },
  { title: 'SINK@REVISION' },
  { title: 'DECISION' },
  { title: 'WHAT', wraps: true },
  { title: 'MS', align: 'right' },
] as const;

function rowOf(entry: Entry, start: number): readonly Cell[] {
  const { at, event, decision, detail, ms } = entry;
  const { text, isFault } = formatDetail(detail);
  const style = isFault ? 'red' : decision === null ? null : (styles[decision] ?? null);
  const said = isFault && decision === null ? 'fault' : (decision ?? '');
  return [
    { text: offset(at - start), style: 'dim' },
    event,
    bindingOf(entry),
    style === null ? said : { text: said, style },
    isFault ? { text, style: 'red' } : text,
    ms === null ? '' : figures(ms),
  ];
}

const styles: Readonly<Record<string, Style>> = {
  next: 'dim',
  accept: 'green',
  reject: 'red',
  refused: 'red',
  disconnect: 'red',
  badmail: 'red',
  defer: 'yellow',
  discard: 'yellow',
  drop: 'yellow',
  quarantine: 'yellow',
  redirect: 'yellow',
};

/** `disclaimer@b7e23ec`; `disclaimer/footer@b7e23ec` where the binding has a name of its own. */
function bindingOf({ sink, binding, revision }: Entry): string {
  if (sink === null) return '';
  const name = binding?.split('/').at(-1) ?? sink;
  const short = revision === null ? '' : `@${revision.slice(0, 7)}`;
  return `${name === sink ? sink : `${sink}/${name}`}${short}`;
}

function offset(duration: number): string {
  if (duration < 10_000) return `+${duration} ms`;
  return duration < 600_000 ? `+${(duration / 1_000).toFixed(1)} s` : `+${roughly(duration)}`;
}

/** Three figures say enough. */
function figures(ms: number): string {
  return ms >= 100 ? String(Math.round(ms)) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(2);
}
