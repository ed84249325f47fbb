import { countContent, insertContent } from '../../database/content-rows.ts';
import { sizeOf, type Content } from '../../database/content.ts';
import { integer, text, textOrNull } from '../../database/row.ts';
import type { Tables } from '../../database/tables.ts';
import { Fault } from '../../errors.ts';
import type { Copy, ResolvedRecipient, Settled, Settlement } from '../message.ts';
import type { ArrivalInput, Consequences, SettleInput, WireArrival } from '../wire.ts';
import { deleteMessage, insertMessage, insertRecipients } from './message.ts';
import { readClaimed } from './claim.ts';
import { insertMissed } from './missed.ts';
import { insertTells } from './tells.ts';

/** Writes what onArrival came to, and what follows from it, or nothing at all. */
export function settleArrival(db: Tables, { claim, outcome, ...consequences }: ArrivalInput): void {
  const row = readClaimed(db, claim);
  const content = integer(row, 'content');
  applyArrival(db, claim.id, content, outcome);
  if ('missed' in outcome && outcome.missed.length > 0) {
    const { id: message } = claim;
    insertMissed(db, { message, traceId: text(row, 'trace'), at: consequences.now }, outcome.missed);
  }
  insertConsequences(db, consequences);
}

function applyArrival(db: Tables, id: number, content: number, outcome: WireArrival): void {
  switch (outcome.kind) {
    case 'done':
      return deleteMessage(db, id, content, 0);
    case 'defer':
      db.run(
        'UPDATE message SET owner = NULL, due = ?, reason = ?, faults = faults + ? WHERE id = ?',
        outcome.until,
        outcome.reason,
        Number(outcome.fault),
        id,
      );
      return;
    case 'held':
      if (outcome.content) replaceContent(db, id, content, outcome.content);
      // A verdict of the chain stands when the operator lets the message go on; a message frozen by faults had none.
      db.run(
        'UPDATE message SET owner = NULL, due = NULL, state = ?, arrived = max(arrived, ?), reason = ? WHERE id = ?',
        outcome.state,
        Number(outcome.state !== 'frozen'),
        outcome.reason,
        id,
      );
      return;
    case 'copies':
      return applyCopies(db, id, content, outcome.copies);
    case 'arrived':
      applyArrived(db, id, content, outcome);
  }
}

function applyArrived(db: Tables, id: number, content: number, outcome: WireArrival & { kind: 'arrived' }): void {
  if (outcome.content) replaceContent(db, id, content, outcome.content);
  if (outcome.recipients) replaceRecipients(db, id, withReporting(db, id, outcome.recipients));
  db.run(
    `UPDATE message SET state = 'arrived', arrived = 1, reason = NULL, reverse_path = ?, tags = ? WHERE id = ?`,
    outcome.reversePath,
    outcome.tags,
    id,
  );
}

function replaceRecipients(db: Tables, id: number, recipients: readonly ResolvedRecipient[]): void {
  db.run('DELETE FROM recipient WHERE message = ?', id);
  insertRecipients(db, id, recipients);
}

/** A recipient that stays is reported as its sender asked. */
function withReporting(db: Tables, id: number, addresses: readonly string[]): readonly ResolvedRecipient[] {
  const rows = db.all('SELECT address, notify, orcpt FROM recipient WHERE message = ?', id);
  const before = new Map(rows.map((row) => [text(row, 'address'), row]));
  return addresses.map((address) => {
    const row = before.get(address);
    return { address, notify: row ? textOrNull(row, 'notify') : null, orcpt: row ? textOrNull(row, 'orcpt') : null };
  });
}

/** The message goes on as the first copy; each of the others is a message of its own that nobody has claimed. */
function applyCopies(db: Tables, id: number, content: number, copies: readonly Copy[]): void {
  for (const copy of copies.slice(1)) insertCopy(db, id, content, copy);
  const [first] = copies;
  if (!first) return deleteMessage(db, id, content, 0);
  if (first.content) replaceContent(db, id, content, first.content);
  replaceRecipients(db, id, first.recipients);
  db.run('UPDATE message SET categorized = 1, reverse_path = ? WHERE id = ?', first.reversePath, id);
  if (first.held) holdMessage(db, id, first.held);
}

function insertCopy(db: Tables, of: number, content: number, copy: Copy): void {
  const { id } = db.run(
    `INSERT INTO message (fence, owner, lease, due, state, arrived, faults, reason, content, size, accepted_at,
       trace, virtual_server, source, reverse_path, session, tags, ret, envid, categorized)
     SELECT 1, NULL, 0, 0, state, 1, 0, NULL, content, size, accepted_at,
       trace, virtual_server, source, ?, session, tags, ret, envid, 1 FROM message WHERE id = ?`,
    copy.reversePath,
    of,
  );
  countContent(db, content, 1);
  if (copy.content) replaceContent(db, id, content, copy.content);
  insertRecipients(db, id, copy.recipients);
  if (copy.held) holdMessage(db, id, copy.held);
}

function holdMessage(db: Tables, id: number, { state, reason }: NonNullable<Copy['held']>): void {
  db.run('UPDATE message SET owner = NULL, due = NULL, state = ?, reason = ? WHERE id = ?', state, reason, id);
}

function replaceContent(db: Tables, id: number, old: number, content: Content): void {
  db.run('UPDATE message SET content = ?, size = ? WHERE id = ?', insertContent(db, content), sizeOf(content), id);
  countContent(db, old, -1);
}

/**
 * Settles recipients, and the message when none is left to try.
 *
 * @param keep rows elsewhere that the same operation makes refer to the content, counted here in one go
 * @throws Fault `queue.fence` when the claim is stale, or a recipient is settled already
 */
export function settleMessage(
  db: Tables,
  { claim, results, ...consequences }: SettleInput,
  keep = 0,
): { readonly settled: Settled; readonly content: number; readonly size: number } {
  const row = readClaimed(db, claim);
  const [content, size] = [integer(row, 'content'), integer(row, 'size')];
  const left = settleRecipients(db, claim.id, results, consequences.now);
  insertConsequences(db, consequences);
  if (left.length === 0) {
    deleteMessage(db, claim.id, content, keep);
    return { settled: 'finished', content, size };
  }
  countContent(db, content, keep);
  const due = Math.min(...left);
  const settled = due <= consequences.now ? 'claimed' : 'released';
  if (settled === 'claimed') db.run('UPDATE message SET due = ? WHERE id = ?', due, claim.id);
  else db.run('UPDATE message SET due = ?, owner = NULL WHERE id = ?', due, claim.id);
  return { settled, content, size };
}

/** @returns when those that are left may be tried; rows of a message that is about to go are not written first */
function settleRecipients(db: Tables, id: number, results: readonly Settlement[], now: number): readonly number[] {
  const rows = db.all(`SELECT number, next_attempt FROM recipient WHERE message = ? AND state = 'pending'`, id);
  const pending = new Map(rows.map((row) => [integer(row, 'number'), integer(row, 'next_attempt')]));
  const seen = new Set<number>();
  for (const { recipient, state, until } of results) {
    if (!pending.has(recipient) || seen.has(recipient)) throw new Fault('queue.fence', { message: id, recipient });
    seen.add(recipient);
    if (state === 'deferred' || state === 'postponed') pending.set(recipient, until ?? now);
    else if (state !== 'pending') pending.delete(recipient);
  }
  if (pending.size > 0)
    for (const result of results) writeRecipient(db, id, result, pending.get(result.recipient) ?? 0);
  return [...pending.values()];
}

function writeRecipient(db: Tables, id: number, settlement: Settlement, nextAttempt: number): void {
  const { recipient, state, reply, destination = null, isLate = false } = settlement;
  db.run(
    `UPDATE recipient SET state = ?, attempts = attempts + ?, next_attempt = ?, last_reply = ?,
       destination = ifnull(?, destination), late = max(late, ?) WHERE message = ? AND number = ?`,
    state === 'deferred' || state === 'postponed' ? 'pending' : state,
    Number(state !== 'postponed'),
    nextAttempt,
    reply,
    destination,
    Number(isLate),
    id,
    recipient,
  );
}

function insertConsequences(db: Tables, { reports, tells, now }: Consequences): void {
  for (const submission of reports) insertMessage(db, { submission, owner: null, lease: 0, now });
  insertTells(db, tells, now);
}
