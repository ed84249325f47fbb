import type { Capabilities, SinkEvent } from '@sluice/sdk';
import { readGroups } from './directory.ts';
import { groupsIn, judgeOurs, type Situation } from './rules.ts';
import { readSender } from './sender.ts';
import type { Settings } from './settings.ts';

/** A message to decide about, whichever event brought it. */
export type Occasion = Pick<
  SinkEvent<'onArrival', Settings>,
  'message' | 'envelope' | 'settings' | 'session' | 'binding'
>;

/** What rules look at. @throws Error when they name groups and the directory does not say who is in them */
export async function openSituation(
  { message, envelope, settings, session }: Occasion,
  { directory }: Pick<Capabilities, 'directory'>,
): Promise<Situation> {
  const { reversePath, recipients } = envelope;
  const { internal, rules } = settings;
  const sender = readSender(message.field('From'), reversePath);
  const isOurs = judgeOurs(sender, { reversePath, identity: session?.identity ?? null }, internal);
  const groups = await readGroups({ directory, settings }, groupsIn(rules));
  return { message, sender, recipients, internal, groups, isOurs };
}
