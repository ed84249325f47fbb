import type { Decision } from '../../../../sdk/decisions.ts';
import type { Edit } from '../../../../sdk/edits.ts';
import type { Reply } from '../../../../sdk/reply.ts';
import { refusalOf, say, type Answer } from '../answer.ts';
import { ask, isAsked } from '../ask.ts';
import { addRecipients } from '../envelope-edits.ts';
import { readMailboxArgument } from '../mailbox-argument.ts';
import type { Parameters } from '../parameters.ts';
import { parseAddress, type Address } from '../path.ts';
import { mayRelay } from '../relay-policy.ts';
import { replies } from '../replies.ts';
import { checkParameters, rcptParameters } from '../service-extensions.ts';
import type { Server } from '../services.ts';
import type { SmtpSession } from '../session.ts';
import type { Transaction } from '../transaction.ts';

/** @source RFC 5321 §4.1.1.3 */
export function rcpt(server: Server, session: SmtpSession, argument: string): Answer | Promise<Answer> {
  const { transaction } = session;
  if (transaction === null) return say(session.ehlo === null ? replies.noEhlo : replies.noMail);
  if (transaction.chunks !== null) return say(replies.chunksBegun);
  const read = readMailboxArgument(argument, 'TO:');
  if (read.kind === 'malformed') {
    if (read.problem === 'keyword') return say(replies.commandSyntax('RCPT TO:<address>'));
    if (read.problem === 'parameters') return say(replies.parameterSyntax);
    return say(read.problem === 'non-ascii' ? replies.nonAsciiAddress : replies.recipientSyntax);
  }
  if (read.address === null) return say(replies.recipientSyntax);
  const refused = checkParameters(rcptParameters, read.parameters, session, server.options);
  if (refused) return say(refused);
  if (read.isInternational && !transaction.isInternational) return say(replies.nonAsciiAddress);
  const most = Math.max(transaction.taken, transaction.size);
  if (most >= server.options.limits.recipients) return say(replies.tooManyRecipients);
  return take(server, session, transaction, { address: completed(server, read.address), parameters: read.parameters });
}

/** `<Postmaster>` is the one recipient without a domain; it is the postmaster of this server (RFC 5321 §4.5.1). */
function completed(server: Server, address: Address): Address {
  return address.domain === '' ? (parseAddress(`postmaster@${server.options.hostname}`) ?? address) : address;
}

type Named = { readonly address: Address; readonly parameters: Parameters };

async function take(
  server: Server,
  session: SmtpSession,
  transaction: Transaction,
  { address, parameters }: Named,
): Promise<Answer> {
  const { kind } = await server.services.directory.resolve(address.text);
  const refusal = policyRefusal(kind, mayRelay(server.options.relay, session.seen));
  if (isAsked(server, 'onRcpt', transaction.generation)) {
    const payload = { recipient: address.text, parameters, envelope: transaction.envelope, local: isHere(kind) };
    return await askAndTake(server, session, transaction, { payload, refusal });
  }
  if (refusal) return say(refusal);
  transaction.add(address.text, parameters);
  transaction.taken += 1;
  return say(replies.recipientOk);
}

type Kind = 'user' | 'forward' | 'folder' | 'elsewhere' | 'unknown' | 'remote';
const isHere = (kind: Kind): boolean => kind !== 'unknown' && kind !== 'remote';

/** Mail for our own users; for others only from those who may relay. */
function policyRefusal(kind: Kind, isRelay: boolean): Reply | null {
  if (isHere(kind) || (kind === 'remote' && isRelay)) return null;
  return kind === 'unknown' ? replies.noMailbox : replies.relayDenied;
}

type Asked = {
  readonly payload: {
    readonly recipient: string;
    readonly parameters: Parameters;
    readonly envelope: Transaction['envelope'];
    readonly local: boolean;
  };
  /** What policy says of the recipient the client named; null when it may have mail. */
  readonly refusal: Reply | null;
};

async function askAndTake(
  server: Server,
  session: SmtpSession,
  transaction: Transaction,
  { payload, refusal }: Asked,
): Promise<Answer> {
  const { decision, edits } = await ask(server, session, { event: 'onRcpt', payload });
  const refused = refusalOf(decision);
  if (refused) return refused;

  const { isKept, others } = recipientsOf(decision, edits);
  // Scope of `accept`: this event only. Whom we take mail for is not for a sink to say, unless it names another.
  if (isKept && refusal) return say(refusal);
  const illegal = await addRecipients(server, session, { transaction, addresses: others });
  if (illegal) return illegal;
  if (isKept) transaction.add(payload.recipient, payload.parameters);
  transaction.taken += 1;
  return say(replies.recipientOk);
}

/** Whether the recipient the client named gets the message, and who else. */
function recipientsOf(
  decision: Decision,
  edits: readonly Edit[],
): { readonly isKept: boolean; readonly others: readonly string[] } {
  const added = edits.filter((edit) => edit.kind === 'add-recipient').map(({ address }) => address);
  if (decision.kind === 'drop') return { isKept: false, others: added };
  if (decision.kind === 'redirect') return { isKept: false, others: [...decision.recipients, ...added] };
  const replaced = edits.findLast((edit) => edit.kind === 'set-recipient');
  return { isKept: replaced === undefined, others: [...(replaced ? [replaced.address] : []), ...added] };
}
