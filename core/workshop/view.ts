import type { MessageData, PartData } from '../../sdk/message.ts';
import { openMessage } from '../message/message.ts';
import { protectionOf } from '../smime/smime.ts';
import { describeProtection } from './trial-message.ts';

/** A message as a person reads it, to lay beside another. */
export type MessageView = {
  /** One line a field. */
  readonly header: string;
  /** One line a part: its path, type, file name and size. */
  readonly parts: string;
  readonly text: string | null;
  /** The source of the HTML form. */
  readonly html: string | null;
  /** What protects it, in a line. */
  readonly protection: string;
  readonly size: number;
};

export async function viewMessage(octets: Uint8Array): Promise<MessageView> {
  const model = openMessage(octets);
  const data = model.data(protectionOf(model).protection);
  return {
    header: data.fields.map(([name, value]) => `${name}: ${value}\n`).join(''),
    parts: partLines(data.tree).join(''),
    text: model.text(),
    html: model.html(),
    protection: await describeProtection(octets),
    size: octets.length,
  };
}

function partLines({ path, type, filename, size, parts }: PartData): readonly string[] {
  const depth = path === '' ? 0 : path.split('.').length;
  const name = filename === null ? '' : ` ${filename}`;
  return [`${'  '.repeat(depth)}${path || 'message'} ${type}${name}, ${size} octets\n`, ...parts.flatMap(partLines)];
}

/** The envelope a message seems to have had: From and To, as far as they name anybody. */
export function guessEnvelope(octets: Uint8Array): {
  readonly reversePath: string;
  readonly recipients: readonly string[];
} {
  const data = openMessage(octets).data('none');
  const [reversePath = ''] = addressesIn(data, 'From');
  const recipients = addressesIn(data, 'To');
  return { reversePath, recipients: recipients.length === 0 ? ['bob@example.test'] : recipients };
}

function addressesIn({ fields }: MessageData, wanted: string): readonly string[] {
  const values = fields.filter(([name]) => name.toLowerCase() === wanted.toLowerCase()).map(([, value]) => value);
  return values.flatMap((value) => value.slice(0, 10_000).match(/[^\s<>",;:()]{1,64}@[^\s<>",;:()]{1,255}/g) ?? []);
}
