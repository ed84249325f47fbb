import { isAscii } from 'node:buffer';
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
  /** The message of the event, for one that goes along. */
  readonly attached: Uint8Array | null;
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

function emptyMessage(wanted: WantedMessage, { hostname, id, now, attached }: Composing): Uint8Array {
  const { type, body } = attached ? besideMessage(wanted, id, attached) : emptyBody(wanted, `sluice-${id}`);
  // RFC 5322 §3.3 wants a numeric zone where HTTP says GMT.
  const date = new Date(now).toUTCString().replace('GMT', '+0000');
  const header = [`Date: ${date}`, `Message-ID: <${id}@${hostname}>`, 'MIME-Version: 1.0', `Content-Type: ${type}`];
  return Buffer.concat([Buffer.from(`${header.join('\r\n')}\r\n\r\n`), body]);
}

type Body = { readonly type: string; readonly body: Buffer };

function emptyBody({ text, html }: WantedMessage, boundary: string): Body {
  const part = (type: string): string => `--${boundary}\r\nContent-Type: ${type}\r\n\r\n\r\n`;
  if (text === undefined || html === undefined)
    return { type: text === undefined ? 'text/html' : 'text/plain', body: Buffer.alloc(0) };
  const body = Buffer.from(`${part('text/plain')}${part('text/html')}--${boundary}--\r\n`);
  return { type: `multipart/alternative; boundary="${boundary}"`, body };
}

/** The text as the first part, the message as the second, in no transfer encoding (RFC 2046 §5.2.1). */
function besideMessage(wanted: WantedMessage, id: string, attached: Uint8Array): Body {
  const boundary = `sluice-with-${id}`;
  const { type, body } = emptyBody(wanted, `sluice-${id}`);
  const encoding = isAscii(attached) ? '' : 'Content-Transfer-Encoding: 8bit\r\n';
  const octets = Buffer.concat([
    Buffer.from(`--${boundary}\r\nContent-Type: ${type}\r\n\r\n`),
    body,
    Buffer.from(`\r\n--${boundary}\r\nContent-Type: message/rfc822\r\n${encoding}\r\n`),
    attached,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  return { type: `multipart/mixed; boundary="${boundary}"`, body: octets };
}

/** RFC 3834 §5.2: what answers a message says so. */
const submittedBy = ({ fields = [] }: WantedMessage): string =>
  fields.some(([name]) => name.toLowerCase() === 'in-reply-to') ? 'auto-replied' : 'auto-generated';

function fieldEdits(wanted: WantedMessage, { hostname, marks }: Composing): readonly MessageEdit[] {
  const from = wanted.from ?? `postmaster@${hostname}`;
  const name = wanted.fromName === undefined ? '' : `"${wanted.fromName.replaceAll(/["\\]/g, String.raw`\$&`)}" `;
  const fields: readonly (readonly [string, string])[] = [
    ['From', name === '' ? from : `${name}<${from}>`],
    ['To', wanted.to.join(', ')],
    ['Subject', wanted.subject],
    ...(wanted.fields ?? []),
    ['Auto-Submitted', submittedBy(wanted)],
    ...marks.map((mark) => [loopField, mark] as const),
  ];
  return fields.map(([field, value]): EditOf<'append-field'> => ({ kind: 'append-field', name: field, value }));
}

function bodyEdits({ text, html, parts = [], attach }: WantedMessage): readonly MessageEdit[] {
  const isBoth = text !== undefined && html !== undefined;
  const path = attach ? '1' : '';
  const within = (number: string): string => (attach ? `${path}.${number}` : number);
  return [
    ...replaced(isBoth ? within('1') : path, 'text/plain', text),
    ...replaced(isBoth ? within('2') : path, 'text/html', html),
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
