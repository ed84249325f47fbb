import { z } from 'zod';
import type { Session } from '../../sdk/context.ts';
import { Fault } from '../errors.ts';
import type { ClaimedTell, QueuedMessage } from './message.ts';
import type { WireClaimedTell, WireMessage } from './wire.ts';

const end = z.object({ address: z.string(), port: z.int() });
const tags = z.record(z.string(), z.string());

const session: z.ZodType<Session> = z.object({
  id: z.string(),
  protocol: z.enum(['smtp', 'pop3']),
  remote: end,
  local: end,
  tls: z.object({ version: z.string(), cipher: z.string() }).nullable(),
  identity: z.string().nullable(),
  ehlo: z.string().nullable(),
  tags,
});

const payload = z.looseObject({});

/** @throws Fault `database.corrupt` when session or tags are not what this version writes */
export function openMessageRow(row: WireMessage): QueuedMessage {
  return {
    ...row,
    session: row.session === null ? null : parse(session, row.session, row.id),
    tags: parse(tags, row.tags, row.id),
    content: null,
  };
}

/** @throws Fault `database.corrupt` when the payload is no JSON object */
export function openTellRow(row: WireClaimedTell): ClaimedTell {
  return { ...row, payload: parse(payload, row.payload, row.id) };
}

function parse<T>(schema: z.ZodType<T>, text: string, id: number): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Fault('database.corrupt', { row: id }, cause);
  }
}
