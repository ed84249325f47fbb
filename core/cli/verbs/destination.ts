import { formatTable } from '../table.ts';
import { ask, exitCodes, printJson, type Verb } from '../verb.ts';
import { countOf, roughly } from '../words.ts';

const columns = [
  { title: 'DESTINATION' },
  { title: 'STATE' },
  { title: 'WAITING', align: 'right' },
  { title: 'OLDEST', align: 'right' },
  { title: 'NEXT', align: 'right' },
  { title: 'LAST REPLY', wraps: true },
] as const;

/** `sluice destination ls`: next hops mail waits for, and those that are frozen. */
export async function listDestinations(verb: Verb): Promise<number> {
  const all = await ask(verb, 'destinations', {});
  if (verb.json) return printJson(verb, all);
  const now = verb.now();
  const rows = all.map(({ name, isFrozen, waiting, oldest, next, lastReply }) => [
    name,
    isFrozen ? ({ text: 'frozen', style: 'yellow' } as const) : 'waiting',
    String(waiting),
    waiting === 0 ? '' : roughly(now - oldest),
    isFrozen || waiting === 0 ? '' : next <= now ? 'now' : `in ${roughly(next - now)}`,
    lastReply ?? '',
  ]);
  verb.terminal.out(
    rows.length === 0 ? 'No mail waits for another host.\n' : formatTable(verb.terminal, columns, rows),
  );
  return exitCodes.ok;
}

/** `sluice destination freeze`: mail for it is taken and not sent. */
export async function freezeDestination(verb: Verb, name: string): Promise<number> {
  await ask(verb, 'freezeDestination', { name });
  return say(verb, { name, done: 'freeze' }, `Mail for ${name} waits until sluice destination thaw ${name}.`);
}

/** `sluice destination thaw`: its mail is sent again, beginning now. */
export async function thawDestination(verb: Verb, name: string): Promise<number> {
  await ask(verb, 'thawDestination', { name });
  return say(verb, { name, done: 'thaw' }, `Mail for ${name} is sent again.`);
}

/** `sluice destination retry`: tries it now, whatever its schedule says. */
export async function retryDestination(verb: Verb, name: string): Promise<number> {
  const { waiting } = await ask(verb, 'retryDestination', { name });
  const text =
    waiting === 0
      ? `No mail waits for ${name}, or it is frozen: sluice destination ls shows those there are.`
      : `${countOf(waiting, 'recipient')} of ${name} tried now: sluice destination ls shows how it went.`;
  return say(verb, { name, waiting }, text);
}

function say(verb: Verb, data: object, text: string): number {
  if (verb.json) return printJson(verb, data);
  verb.terminal.out(`${text}\n`);
  return exitCodes.ok;
}
