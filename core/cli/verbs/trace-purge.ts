import { ask, printJson, exitCodes, Refusal, type Verb } from '../verb.ts';
import { countOf } from '../words.ts';
import { printable } from '../terminal.ts';

/** `sluice trace purge --address <a>`: what is told of an address is removed; its mail is not touched. */
export async function purgeTraces(verb: Verb, address: string): Promise<number> {
  if (!/^.+@.+$/.test(address)) throw new Refusal(`${address} is no full address: ann@example.org`, exitCodes.usage);
  const failed = 'The traces could not be removed: the log says why.';
  const { traces, recorded } = await ask(verb, 'purge', { address }, failed);
  if (verb.json) return printJson(verb, { traces, recorded });
  const removed = `${countOf(traces, 'trace')} and ${countOf(recorded, 'recorded event')}`;
  verb.terminal.out(`Removed ${removed} of mail that names ${printable(address)}.\n`);
  verb.terminal.out('The log file and mail in queue and mailboxes are not touched.\n');
  return exitCodes.ok;
}
