import type { OutputOf } from '../../admin/routes.ts';
import { formatTable, type Cell } from '../table.ts';
import { printable, styled } from '../terminal.ts';
import { ask, exitCodes, printJson, type Verb } from '../verb.ts';
import { roughly } from '../words.ts';

/** `sluice status`: what runs and how it fares. */
export async function printStatus(verb: Verb): Promise<number> {
  const status = await ask(verb, 'status', {});
  const exitCode = status.problems.length === 0 ? exitCodes.ok : exitCodes.problem;
  if (verb.json) return printJson(verb, status, exitCode);

  const { terminal } = verb;
  const up = roughly(verb.now() - status.startedAt);
  terminal.out(`${styled(terminal, 'bold', `Sluice ${status.version}`)}, process ${status.pid}, up ${up}\n\n`);
  terminal.out(formatTable(terminal, [{ title: '' }, { title: '' }], factsOf(status)));
  const servers = status.virtualServers.map(({ id, protocol, state, listen, sessions, bindings }) => [
    id,
    protocol,
    state === 'running' ? state : ({ text: state, style: 'red' } as const),
    listen.join(', '),
    String(sessions),
    String(bindings),
  ]);
  terminal.out(`\n${formatTable(terminal, columns, servers)}`);
  if (status.problems.length === 0) return exitCode;
  terminal.out(`\n${status.problems.map((one) => `${styled(terminal, 'red', printable(one))}\n`).join('')}`);
  return exitCode;
}

function factsOf(status: OutputOf<'status'>): readonly (readonly Cell[])[] {
  const { config, generation, data, queue, sandbox, loopDelay, tracesLost } = status;
  const said = Object.entries(sandbox).map(([name, value]) => `${value} ${name}`);
  return [
    ['config', `${config} (generation ${generation})`],
    ['data', data],
    ['queue', `${queue.waiting} waiting, ${queue.held} held`],
    ['sandbox', said.join(', ')],
    ['loop delay', `${loopDelay.toFixed(1)} ms (99 of 100 turns are below)`],
    ...(tracesLost > 0 ? [['traces lost', { text: String(tracesLost), style: 'yellow' } as const]] : []),
  ];
}

const columns = [
  { title: 'SERVER' },
  { title: 'PROTOCOL' },
  { title: 'STATE' },
  { title: 'LISTENS ON' },
  { title: 'SESSIONS', align: 'right' },
  { title: 'BINDINGS', align: 'right' },
] as const;
