import { integer } from '../../database/row.ts';
import type { Tables } from '../../database/tables.ts';
import type { MessageState } from '../message.ts';
import { deleteMessage } from './message.ts';

type Hold = { readonly id: number; readonly state: MessageState | 'resume'; readonly reason: string | null };

/**
 * What an operator does to a message, whoever works on it: the fence goes up, so that a settlement under way
 * changes nothing any more. `resume` goes on where the chain had ended, or starts it again where it had not.
 *
 * @returns false when there is no such message
 */
export function setMessageState(db: Tables, { id, state, reason }: Hold): boolean {
  const row = db.get('SELECT arrived FROM message WHERE id = ?', id);
  if (!row) return false;
  const next = state === 'resume' ? (integer(row, 'arrived') ? 'arrived' : 'accepted') : state;
  const moving = next === 'accepted' || next === 'arrived';
  db.run(
    `UPDATE message SET state = ?, fence = fence + 1, owner = NULL, due = ?, reason = ?,
       faults = CASE WHEN ? THEN 0 ELSE faults END WHERE id = ?`,
    next,
    moving ? 0 : null,
    reason,
    Number(moving),
    id,
  );
  return true;
}

/** @returns false when there is no such message */
export function removeMessage(db: Tables, id: number): boolean {
  const row = db.get('SELECT content FROM message WHERE id = ?', id);
  if (row) deleteMessage(db, id, integer(row, 'content'), 0);
  return row !== null;
}
