import type { Edit } from '../../../sdk/edits.ts';
import { say, type Answer } from './answer.ts';
import { parseAddress } from './path.ts';
import { mayRelay } from './relay-policy.ts';
import { replies } from './replies.ts';
import type { Server } from './services.ts';
import type { SmtpSession } from './session.ts';
import type { Transaction } from './transaction.ts';

/**
 * Applies what sinks want changed in the envelope, in order. The server's own policy holds for them too: an address
 * that is none, or that we would not take from a client, is a fault of ours and so temporary.
 *
 * @returns null when all of it was applied; else what the client is told
 */
export async function editEnvelope(
  server: Server,
  session: Pick<SmtpSession, 'seen'>,
  { transaction, edits }: { readonly transaction: Transaction; readonly edits: readonly Edit[] },
): Promise<Answer | null> {
  for (const edit of edits) {
    if (edit.kind === 'set-reverse-path') {
      const address = edit.address === '' ? { text: '' } : parseAddress(edit.address);
      if (!address) return complain(server, transaction, edit.address);
      transaction.reversePath = address.text;
    }
    if (edit.kind === 'remove-recipient') transaction.remove(parseAddress(edit.address)?.text ?? edit.address);
    if (edit.kind === 'add-recipient') {
      const refused = await addRecipients(server, session, { transaction, addresses: [edit.address] });
      if (refused) return refused;
    }
  }
  return null;
}

/** Adds the recipients a sink names: all or none. @returns null when they were added */
export async function addRecipients(
  server: Server,
  session: Pick<SmtpSession, 'seen'>,
  { transaction, addresses }: { readonly transaction: Transaction; readonly addresses: readonly string[] },
): Promise<Answer | null> {
  if (transaction.size + addresses.length > server.options.limits.recipients) return say(replies.tooManyRecipients);
  const found: string[] = [];
  for (const text of addresses) {
    const address = parseAddress(text);
    const resolution = address && (await server.services.directory.resolve(address.text));
    const isTaken = resolution?.kind === 'remote' ? mayRelay(server.options.relay, session.seen) : resolution?.kind;
    if (!address || !isTaken || isTaken === 'unknown') return complain(server, transaction, text);
    found.push(address.text);
  }
  for (const text of found) transaction.add(text);
  return null;
}

function complain(server: Server, transaction: Transaction, address: string): Answer {
  server.services.log.warn(
    { address, virtualServer: server.id, traceId: transaction.traceId },
    'a sink put an address into the envelope that cannot be served here',
  );
  return say(replies.misconfigured);
}
