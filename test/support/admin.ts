import { openAdminClient } from '../../core/admin/admin.ts';
import type { InputOf, OutputOf, RouteName } from '../../core/admin/routes.ts';

/**
 * Asks the Sluice that runs on a data folder, over its admin socket: what the `sluice` verbs do, without a process each.
 *
 * @throws Error when it has no answer
 */
export async function askSluice<R extends RouteName>(data: string, name: R, input: InputOf<R>): Promise<OutputOf<R>> {
  const answer = await openAdminClient(data).ask(name, input);
  if (answer.kind === 'answer') return answer.value;
  throw new Error(`${name}: ${answer.kind === 'absent' ? 'there is none' : answer.text}`);
}

/** How many messages a user's mailbox holds; 0 when there is none yet. */
export async function countMessages(data: string, user: string): Promise<number> {
  const mailboxes = await askSluice(data, 'mailboxes', {});
  return mailboxes.find((mailbox) => mailbox.user === user)?.messages ?? 0;
}
