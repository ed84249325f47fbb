import type { EditOf } from '../../../sdk/edits.ts';
import { openMessage, type MessageEdit } from '../../message/message.ts';
import type { WantedMessage } from './arguments.ts';
import { loopField } from './loop.ts';

export type Composing = {
  /** What the virtual server calls itself. */
  readonly hostname: string;
  /** Unguessable, letters and digits: names the message and parts it. */
  readonly id: string;
  readonly now: number;
  /** Bindings it comes of, oldest first. */
  readonly marks: readonly string[];
};

/**
 * Writes the message: an empty one of the right shape, which the writer of all edits fills.
 *
 * @throws RangeError when something in it cannot be written, in words
 * @source RFC 5322 §3.6, RFC 3834 §5 (Auto-Submitted)
 */
export function composeMessage(wanted: WantedMessage, composing: Composing): Uint8Array {
  const message = openMessage(emptyMessage(wanted, composing));
  const edits = [...fieldEdits(wanted, composing), ...bodyEdits(wanted)];
  const reasons = message.edit(edits).flatMap((outcome) => (outcome.kind === 'skipped' ? [outcome.reason] : []));
  // The others say only that they go with the one that cannot be made.
  const reason = reasons.find((text) => !text.startsWith('with ')) ?? reasons[0];
  if (reason !== undefined) throw new RangeError(`this message cannot be written: ${reason}`);
  return message.write();
}

function emptyMessage({ text, html }: WantedMessage, { hostname, id, now }: Composing): Uint8Array {
  const boundary = `sluice-${id}`;
  const part = (type: string): string => `--${boundary}\r\nContent-Type: ${type}\r\n\r\n\r\n`;
  const isBoth = text !== undefined && html !== undefined;
  const type = isBoth
    ? `multipart/alternative; boundary="${boundary}"`
    : text === undefined
      ? 'text/html'
      : 'text/plain';
  const body = isBoth ? `${part('text/plain')}${part('text/html')}--${boundary}--\r\n` : '';
  // RFC 5322 §3.3 wants a numeric zone where HTTP says GMT.
  const date = new Date(now).toUTCString().replace('GMT', '+0000');
  const header = [`Date: ${date}`, `Message-ID: <${id}@${hostname}>`, 'MIME-Version: 1.0', `Content-Type: ${type}`];
  return Buffer.from(`${header.join('\r\n')}\r\n\r\n${body}`);
}

function fieldEdits(wanted: WantedMessage, { hostname, marks }: Composing): readonly MessageEdit[] {
  const from = wanted.from ?? `postmaster@${hostname}`;
  const name = wanted.fromName === undefined ? '' : `"${wanted.fromName.replaceAll(/["\\]/g, String.raw`\$&`)}" `;
  const fields: readonly (readonly [string, string])[] = [
    ['From', name === '' ? from : `${name}<${from}>`],
    ['To', wanted.to.join(', ')],
    ['Subject', wanted.subject],
    ...(wanted.fields ?? []),
    ['Auto-Submitted', 'auto-generated'],
    ...marks.map((mark) => [loopField, mark] as const),
  ];
  return fields.map(([field, value]): EditOf<'append-field'> => ({ kind: 'append-field', name: field, value }));
}

function bodyEdits({ text, html, parts = [] }: WantedMessage): readonly MessageEdit[] {
  const isBoth = text !== undefined && html !== undefined;
  return [
    ...replaced(isBoth ? '1' : '', 'text/plain', text),
    ...replaced(isBoth ? '2' : '', 'text/html', html),
    ...parts.map((part): MessageEdit => ({ kind: 'add-part', part })),
  ];
}

function replaced(path: string, type: 'text/plain' | 'text/html', text: string | undefined): readonly MessageEdit[] {
  if (text === undefined) return [];
  const content = { kind: 'text', text } as const;
  return [
    { kind: 'replace-part', path, part: { type, content, charset: null, disposition: 'inline', filename: null } },
  ];
}
