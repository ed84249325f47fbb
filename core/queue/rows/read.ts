import { readContent, type ContentRow } from '../../database/content-rows.ts';
import { integer, oneOf, text, textOrNull } from '../../database/row.ts';
import type { Row, Tables } from '../../database/tables.ts';
import { Fault } from '../../errors.ts';
import type { MessageState, QueuedRecipient, RecipientState, Submission } from '../message.ts';
import type { WireMessage } from '../wire.ts';

const states: readonly MessageState[] = ['accepted', 'arrived', 'quarantine', 'frozen', 'badmail'];
const sources: readonly Submission['source'][] = ['smtp', 'pickup', 'report', 'sink'];
const recipientStates: readonly RecipientState[] = ['pending', 'delivered', 'failed', 'dropped'];

export function readMessage(db: Tables, row: Row): WireMessage {
  const id = integer(row, 'id');
  return {
    id,
    fence: integer(row, 'fence'),
    traceId: text(row, 'trace'),
    virtualServer: text(row, 'virtual_server'),
    source: oneOf(row, 'source', sources),
    state: oneOf(row, 'state', states),
    reversePath: text(row, 'reverse_path'),
    recipients: db.all('SELECT * FROM recipient WHERE message = ? ORDER BY number', id).map(readRecipient),
    session: textOrNull(row, 'session'),
    tags: text(row, 'tags'),
    size: integer(row, 'size'),
    acceptedAt: integer(row, 'accepted_at'),
    faults: integer(row, 'faults'),
    due: row['due'] === null ? null : integer(row, 'due'),
    reason: textOrNull(row, 'reason'),
    isCategorized: integer(row, 'categorized') !== 0,
    ret: textOrNull(row, 'ret'),
    envid: textOrNull(row, 'envid'),
  };
}

function readRecipient(row: Row): QueuedRecipient {
  return {
    id: integer(row, 'number'),
    address: text(row, 'address'),
    state: oneOf(row, 'state', recipientStates),
    attempts: integer(row, 'attempts'),
    nextAttempt: integer(row, 'next_attempt'),
    lastReply: textOrNull(row, 'last_reply'),
    notify: textOrNull(row, 'notify'),
    orcpt: textOrNull(row, 'orcpt'),
    destination: textOrNull(row, 'destination'),
    isLate: integer(row, 'late') !== 0,
  };
}

export type ListInput = {
  readonly state: MessageState | null;
  readonly virtualServer: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly destination: string | null;
  readonly after: number;
  readonly limit: number;
};

/** In the order of their ids. */
export function listMessages(db: Tables, input: ListInput): readonly WireMessage[] {
  const { state, virtualServer, after, limit, from, to, destination } = input;
  return db
    .all(
      `SELECT * FROM message WHERE id > ?1 AND (?2 IS NULL OR state = ?2) AND (?3 IS NULL OR virtual_server = ?3)
         AND (?5 IS NULL OR instr(lower(reverse_path), lower(?5)) > 0)
         AND ((?6 IS NULL AND ?7 IS NULL) OR EXISTS (
           SELECT 1 FROM recipient WHERE message = message.id AND recipient.state = 'pending'
             AND (?6 IS NULL OR instr(lower(address), lower(?6)) > 0)
             AND (?7 IS NULL OR instr(lower(ifnull(destination, '')), lower(?7)) > 0)))
       ORDER BY id LIMIT ?4`,
      after,
      state,
      virtualServer,
      limit,
      from,
      to,
      destination,
    )
    .map((row) => readMessage(db, row));
}

/** @throws Fault `queue.fence` when the message is gone */
export function readMessageContent(db: Tables, id: number): ContentRow {
  const row = db.get('SELECT content FROM message WHERE id = ?', id);
  if (!row) throw new Fault('queue.fence', { message: id });
  return readContent(db, integer(row, 'content'));
}

/** When something can next be claimed; 0 is now, null is never as things stand. */
export function nextDue(db: Tables): number | null {
  const dues = [
    db.get('SELECT due FROM message WHERE owner IS NULL AND due IS NOT NULL ORDER BY due LIMIT 1'),
    db.get('SELECT due FROM tell WHERE owner IS NULL AND parked = 0 ORDER BY due LIMIT 1'),
  ].flatMap((row) => (row ? [integer(row, 'due')] : []));
  return dues.length > 0 ? Math.min(...dues) : null;
}
