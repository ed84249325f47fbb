import type { Directory, DirectoryEntry } from '@sluice/sdk';
import type { Settings } from './settings.ts';
import { personOf, type Person } from './values.ts';

/** The directory, and the settings of the binding that may grant it or not. */
type Granted = { readonly directory: Directory; readonly settings: Settings };

/** Bindings it is not granted to: once refused, always refused. */
const refused = new WeakSet<Settings>();

/** @throws Error when the directory does not answer: the message waits, it does not go out with half a text */
async function lookup({ directory, settings }: Granted, address: string): Promise<DirectoryEntry | null> {
  if (refused.has(settings)) return null;
  try {
    return await directory.lookup(address);
  } catch (thrown) {
    if (!(thrown instanceof Error) || !thrown.message.includes('is not granted')) throw thrown;
    refused.add(settings);
    return null;
  }
}

/** What the directory says of a person; null when it is not granted, or knows nobody of that address. */
export async function findPerson(granted: Granted, address: string): Promise<Person | null> {
  const entry = await lookup(granted, address);
  return entry?.kind === 'user' ? personOf(entry.attributes) : null;
}

/**
 * Who is in the groups the rules name, by `group:` and address. LIMIT: of a group of more than 100 the first 100.
 *
 * @throws Error when the binding does not grant the directory: a rule nobody can judge must not pass for one that does not apply
 */
export async function readGroups(
  granted: Granted,
  groups: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const entries = groups.map(async (group) => {
    const entry = await lookup(granted, group.slice('group:'.length));
    if (entry === null)
      throw new Error(`rules that name ${group} need the directory: add it to the grants of the binding`);
    const members = entry.kind === 'group' || entry.kind === 'alias' ? entry.members : [];
    return [group, new Set(members.map((member) => member.toLowerCase()))] as const;
  });
  return new Map(await Promise.all(entries));
}
