import { countContent, insertContent } from '../../database/content-rows.ts';
import { sizeOf } from '../../database/content.ts';
import type { Tables } from '../../database/tables.ts';
import type { ResolvedRecipient } from '../message.ts';
import type { WireSubmission } from '../wire.ts';

/** `owner` null: anybody may claim it at once. */
export type AcceptInput = {
  readonly submission: WireSubmission;
  readonly owner: string | null;
  readonly lease: number;
  readonly now: number;
};

/** Content, message and recipients in one; one that is held is nobody's and not due. @returns the id of the message; its fence is 1 */
export function insertMessage(db: Tables, { submission, owner, lease, now }: AcceptInput): number {
  const { content, traceId, virtualServer, source, reversePath, session, tags, recipients, held } = submission;
  const { ret, envid } = submission;
  const { id } = db.run(
    `INSERT INTO message (fence, owner, lease, due, state, arrived, faults, reason, content, size, accepted_at,
       trace, virtual_server, source, reverse_path, session, tags, ret, envid)
     VALUES (1, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    held ? null : owner,
    lease,
    held ? null : 0,
    held?.state ?? 'accepted',
    // What could not be delivered had its chain: let go, it goes to its recipients.
    Number(held?.state === 'badmail'),
    held?.reason ?? null,
    insertContent(db, content),
    sizeOf(content),
    now,
    traceId,
    virtualServer,
    source,
    reversePath,
    session,
    tags,
    ret,
    envid,
  );
  insertRecipients(db, id, recipients);
  return id;
}

/** Numbers them from 1, in their order. */
export function insertRecipients(db: Tables, message: number, recipients: readonly ResolvedRecipient[]): void {
  for (const [index, { address, notify, orcpt }] of recipients.entries())
    db.run(
      `INSERT INTO recipient (message, number, address, state, attempts, next_attempt, notify, orcpt)
       VALUES (?, ?, ?, 'pending', 0, 0, ?, ?)`,
      message,
      index + 1,
      address,
      notify,
      orcpt,
    );
}

/** @param keep rows elsewhere that refer to the content from now on, and are not counted yet */
export function deleteMessage(db: Tables, id: number, content: number, keep: number): void {
  db.run('DELETE FROM recipient WHERE message = ?', id);
  db.run('DELETE FROM message WHERE id = ?', id);
  countContent(db, content, keep - 1);
}
