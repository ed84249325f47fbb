import type { MessageData } from '../../../sdk/message.ts';
import { Fault } from '../../errors.ts';

/**
 * What a thread told of a message, read when somebody asks for it.
 *
 * @param json of a `MessageData`
 * @returns throws Fault `internal.bug` when it is something else: threads are ours
 */
export function readLater(json: string): () => MessageData {
  let data: MessageData | null = null;
  return () => (data ??= read(JSON.parse(json)));
}

function read(value: unknown): MessageData {
  if (isData(value)) return value;
  throw new Fault('internal.bug', { reason: 'a thread told nothing of a message' });
}

const isData = (value: unknown): value is MessageData =>
  typeof value === 'object' && value !== null && 'fields' in value && 'tree' in value;
