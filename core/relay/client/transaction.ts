import { reply, type Reply } from '../../../sdk/reply.ts';
import type { RelayHooks } from '../hooks.ts';
import { allOf, type RelayMail, type RelayRecipient, type RelayResult } from '../mail.ts';
import { encodeData } from './content.ts';
import { largestFor, mailCommand, rcptCommand, whatIsMissing } from './parameters.ts';
import { asReply, type ServerReply } from './reply-reader.ts';
import { command, type Session } from './session.ts';

/** What a transaction came to. `isUsable`: the session may take another one. */
export type Transacted = { readonly results: readonly RelayResult[]; readonly isUsable: boolean };

/** A recipient sinks were asked about. */
type Going = { readonly recipient: RelayRecipient; readonly address: string };

/** The end of content there is none of. */
const nothing = Buffer.from('.\r\n');
const dropped = reply(250, '0.0', 'Left out by a sink');

/**
 * Hands one message over. MAIL, RCPT and DATA go out in one write where the server allows it (RFC 2920), and each
 * recipient has its own fate.
 *
 * @throws Fault `relay.*` before the first reply came, or after; the caller knows by `Session.messages` of nothing: what
 *   was not settled counts as not delivered, so a reply to the final dot that is lost is a second copy (RFC 1047)
 */
export async function transact(session: Session, mail: RelayMail, hooks: RelayHooks): Promise<Transacted> {
  const { about } = session;
  session.messages += 1;
  session.octets += mail.octets.length;
  const started = await hooks.messageStart?.(about, mail.reversePath);
  if (started?.kind === 'stop') return stopped(mail, started.reply);
  const reversePath = started?.reversePath ?? mail.reversePath;

  const { going, results } = await askRecipients(session, mail, hooks);
  if (going.length === 0) return { results, isUsable: true };
  const left = { ...mail, recipients: going.map(({ recipient }) => recipient) };
  const signed = await hooks.beforeData?.(about, mail.octets, largestFor(session.extensions));
  if (signed?.kind === 'stop') return { results: [...results, ...allOf(left, signed.reply)], isUsable: true };
  const octets = signed?.octets ?? mail.octets;

  const addresses = going.map(({ address }) => address);
  const missing = whatIsMissing(session.extensions, { reversePath, addresses, octets });
  if (missing) return { results: [...results, ...allOf(left, missing, about.host)], isUsable: true };
  const sent = await send(session, { ...left, reversePath, octets }, going, hooks);
  return { ...sent, results: [...results, ...sent.results] };
}

const stopped = (mail: RelayMail, why: Reply): Transacted => ({ results: allOf(mail, why), isUsable: true });

async function askRecipients(session: Session, mail: RelayMail, { perRecipient }: RelayHooks) {
  const going: Going[] = [];
  const results: RelayResult[] = [];
  for (const recipient of mail.recipients) {
    const { id, address } = recipient;
    const said = await perRecipient?.(session.about, address);
    if (said?.kind === 'stop') results.push(...allOf({ ...mail, recipients: [recipient] }, said.reply));
    else if (said?.kind === 'drop') results.push({ id, kind: 'dropped', reply: dropped, host: null, dsn: false });
    else going.push({ recipient, address: said?.recipient ?? address });
  }
  return { going, results };
}

async function send(
  session: Session,
  mail: RelayMail,
  going: readonly Going[],
  hooks: RelayHooks,
): Promise<Transacted> {
  const isPiped = session.extensions.has('PIPELINING');
  const from = mailCommand(session.extensions, mail);
  const to = going.map(({ recipient, address }) => rcptCommand(session.extensions, recipient, address));
  if (isPiped) await session.connection.write(`${from}${to.join('')}DATA\r\n`);

  const mailed = await heard(session, 'MAIL', isPiped ? null : from, hooks);
  const taken: Reply[] = [];
  for (const line of to) {
    if (!isPiped && mailed.code >= 400) taken.push(mailed);
    else taken.push(await heard(session, 'RCPT', isPiped ? null : line, hooks));
  }
  const isWanted = mailed.code < 400 && taken.some(({ code }) => code < 400);
  if (!isPiped && !isWanted) return await finish(session, mail, { mailed, taken, done: null });
  const ready = await heard(session, 'DATA', isPiped ? null : 'DATA\r\n', hooks);
  if (ready.code !== 354) return await finish(session, mail, { mailed, taken, done: notReady(ready) });
  // RFC 2920 §3.1: a server that asks for content it has no recipient for gets none.
  await session.connection.writeAll(isWanted ? encodeData(mail.octets) : [nothing]);
  const done = await heard(session, 'end-of-data', null, hooks);
  return await finish(session, mail, { mailed, taken, done: isWanted ? done : null, isOver: true });
}

const notReady = (said: Reply): Reply =>
  said.code >= 400 ? said : reply(451, '5.0', 'The next host answered out of turn');

/** @param line what is sent first; null when it was sent before. @returns the reply as sinks see it */
async function heard(
  session: Session,
  verb: string,
  line: string | null,
  { serverResponse }: RelayHooks,
): Promise<Reply> {
  const { connection, about } = session;
  const waiting = verb === 'end-of-data' ? 'dot' : verb === 'DATA' ? 'data' : verb === 'RCPT' ? 'rcpt' : 'mail';
  const came: ServerReply = line === null ? await connection.reply(waiting) : await command(connection, line, waiting);
  const said = asReply(came);
  // After 354 the server waits for content, whatever anybody thinks of it.
  return serverResponse && said.code !== 354 ? await serverResponse(about, verb, said) : said;
}

type Said = {
  readonly mailed: Reply;
  readonly taken: readonly Reply[];
  /** Of end-of-data, or what came instead of 354; null when it was not come to. */
  readonly done: Reply | null;
  /** Whether the server thinks the transaction is over. */
  readonly isOver?: boolean;
};

/** A transaction that was broken off is ended with RSET, so that the session serves the next one. */
async function finish(session: Session, mail: RelayMail, { mailed, taken, done, isOver }: Said): Promise<Transacted> {
  const host = session.about.host;
  const dsn = session.extensions.has('DSN');
  const results = mail.recipients.map(({ id }, at): RelayResult => {
    const own = taken[at] ?? mailed;
    const last = mailed.code >= 400 ? mailed : own.code >= 400 ? own : (done ?? own);
    const kind = last.code < 400 ? 'delivered' : last.code < 500 ? 'deferred' : 'failed';
    return { id, kind, reply: last, host, dsn };
  });
  const isClosing = [mailed, ...taken, ...(done ? [done] : [])].some(({ code }) => code === 421);
  if (isClosing) return { results, isUsable: false };
  const isUsable = isOver || (await command(session.connection, 'RSET\r\n', 'command').catch(() => null))?.code === 250;
  return { results, isUsable };
}
