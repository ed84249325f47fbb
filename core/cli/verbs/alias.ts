import { formatTable } from '../table.ts';
import { ask, exitCodes, printJson, type Verb } from '../verb.ts';

/** `sluice alias ls`: aliases and groups kept in the database; those of sluice.yaml are there to read. */
export async function listAliases(verb: Verb): Promise<number> {
  const all = await ask(verb, 'aliases', {});
  if (verb.json) return printJson(verb, all);
  const rows = all.map(({ address, members }) => [address, members.join(', ')]);
  const columns = [{ title: 'ADDRESS' }, { title: 'STANDS FOR', wraps: true }] as const;
  verb.terminal.out(
    rows.length === 0
      ? 'There are no aliases beside those of sluice.yaml.\n'
      : formatTable(verb.terminal, columns, rows),
  );
  return exitCodes.ok;
}

/** `sluice alias set`: one address stands for these from now on. */
export async function setAlias(verb: Verb, address: string, members: readonly string[]): Promise<number> {
  const absent = `${address} is in no domain of this Sluice: domains in sluice.yaml lists them.`;
  await ask(verb, 'setAlias', { address, members: [...members] }, absent);
  if (verb.json) return printJson(verb, { address, members });
  verb.terminal.out(`Mail to ${address} goes to ${members.join(', ')}.\n`);
  return exitCodes.ok;
}

/** `sluice alias rm` */
export async function removeAlias(verb: Verb, address: string): Promise<number> {
  await ask(verb, 'removeAlias', { address }, `There is no alias ${address}: sluice alias ls shows those there are.`);
  if (verb.json) return printJson(verb, { address, done: 'remove' });
  verb.terminal.out(`${address} is no alias any more.\n`);
  return exitCodes.ok;
}
