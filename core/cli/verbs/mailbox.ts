import { formatTable } from '../table.ts';
import { ask, exitCodes, printJson, Refusal, type Verb } from '../verb.ts';
import { countOf, dateTime, roughSize } from '../words.ts';

/** `sluice mailbox ls`: all mailboxes. */
export async function listMailboxes(verb: Verb): Promise<number> {
  const mailboxes = await ask(verb, 'mailboxes', {});
  if (verb.json) return printJson(verb, mailboxes);
  const columns = [
    { title: 'USER' },
    { title: 'MESSAGES', align: 'right' },
    { title: 'SIZE', align: 'right' },
  ] as const;
  const rows = mailboxes.map(({ user, messages, size }) => [user, String(messages), roughSize(size)]);
  verb.terminal.out(rows.length === 0 ? 'There are no mailboxes.\n' : formatTable(verb.terminal, columns, rows));
  return exitCodes.ok;
}

/** `sluice mailbox ls <user>`: the messages of one. */
export async function listMessages(verb: Verb, user: string): Promise<number> {
  const messages = await ask(verb, 'mailbox', { user }, noMailbox(user));
  if (verb.json) return printJson(verb, messages);
  const columns = [
    { title: 'UID', align: 'right' },
    { title: 'SIZE', align: 'right' },
    { title: 'RECEIVED' },
    { title: 'FLAGS' },
  ] as const;
  const rows = messages.map(({ uid, size, internalDate, flags }) => [
    String(uid),
    roughSize(size),
    dateTime(internalDate),
    flags.join(' '),
  ]);
  const { terminal } = verb;
  if (rows.length > 0) terminal.out(`${formatTable(terminal, columns, rows)}\n`);
  terminal.out(`${user}: ${countOf(rows.length, 'message')}\n`);
  return exitCodes.ok;
}

/**
 * `sluice mailbox cat <user> [uid]`: the octets of a message, the newest without a UID. To a file or pipe they come
 * exactly as stored; on a terminal without what could steer it.
 */
export async function printMessage(verb: Verb, user: string, wanted: number | null): Promise<number> {
  const uid = wanted ?? (await newest(verb, user));
  const absent = `There is no message ${uid} for ${user}: sluice mailbox ls ${user} shows those there are.`;
  const octets = await ask(verb, 'message', { user, uid }, absent);
  if (verb.json) return printJson(verb, { user, uid, octets: Buffer.from(octets).toString('base64') });
  verb.terminal.out(verb.terminal.isTty ? readable(octets) : octets);
  return exitCodes.ok;
}

async function newest(verb: Verb, user: string): Promise<number> {
  const messages = await ask(verb, 'mailbox', { user }, noMailbox(user));
  const uid = messages.at(-1)?.uid;
  if (uid === undefined) throw new Refusal(`The mailbox of ${user} is empty.`);
  return uid;
}

function noMailbox(user: string): string {
  return `There is no mailbox of ${user}: sluice mailbox ls shows those there are.`;
}

function readable(octets: Uint8Array): string {
  const text = Buffer.from(octets).toString('utf8').replaceAll('\r\n', '\n');
  // oxlint-disable-next-line no-control-regex -- they are what it is about
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '·');
}
