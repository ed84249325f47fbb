import { setTimeout as wait } from 'node:timers/promises';
import type { OutputOf } from '../../admin/routes.ts';
import { printable, styled } from '../terminal.ts';
import { ask, exitCodes, type Verb } from '../verb.ts';
import { dateTime } from '../words.ts';

type Entry = OutputOf<'recent'>['entries'][number];

/** Milliseconds between two looks with `--follow`. */
const pace = 300;

/**
 * `sluice sink logs <name>`: what a sink wrote to its log, as far as traces go back; with `follow` until ctrl-c, or
 * until Sluice stops.
 */
export async function printSinkLogs(
  verb: Verb,
  name: string,
  { follow = false }: { follow?: boolean },
): Promise<number> {
  let after = 0;
  for (;;) {
    const { next, entries } = await ask(verb, 'recent', { after });
    for (const entry of entries) if (entry.kind === 'log' && entry.sink === name) print(verb, entry);
    const isAll = next === after;
    after = next;
    if (isAll && !follow) return exitCodes.ok;
    if (isAll) await wait(pace);
  }
}

function print({ terminal, json }: Verb, entry: Entry): void {
  if (json) return terminal.out(`${JSON.stringify(entry)}\n`);
  const { at, decision, event, detail, traceId } = entry;
  const level = decision === 'warn' || decision === 'error' ? styled(terminal, 'yellow', decision) : (decision ?? '');
  terminal.out(`${dateTime(at)} ${level} ${event} ${printable(detail)}  ${styled(terminal, 'dim', traceId)}\n`);
}
