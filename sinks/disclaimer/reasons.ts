import type { Envelope, Message, PartData } from '@sluice/sdk';
import { isLikeAny } from './pattern.ts';
import type { Sender } from './sender.ts';
import type { Settings, When } from './settings.ts';

/**
 * Why this message gets no disclaimer, whatever its text; null when it may get one. Machines read what is excluded
 * here, or answer it: a report, an automatic answer, a list that distributes it again.
 */
export function whyNot(message: Message, envelope: Envelope, sender: Sender, settings: Settings): string | null {
  return (
    whyAutomatic(message, envelope) ??
    (settings.lists === 'skip' ? whyBulk(message) : null) ??
    whyShape(message.tree) ??
    whyWhen(settings.when, sender, envelope)
  );
}

/** RFC 3834 §5 (Auto-Submitted), RFC 6522 (multipart/report), RFC 5321 §4.5.5 (null reverse-path). */
function whyAutomatic(message: Message, { reversePath }: Envelope): string | null {
  if (reversePath === '') return 'its reverse-path is null';
  const automatic = message.all('Auto-Submitted').find((value) => keyword(value) !== 'no');
  if (automatic !== undefined) return `it is Auto-Submitted: ${keyword(automatic)}`;
  return message.tree.type === 'multipart/report' ? 'it is a report' : null;
}

const listFields = ['Id', 'Post', 'Help', 'Owner', 'Archive', 'Subscribe', 'Unsubscribe'].map((name) => `List-${name}`);

/** RFC 2369, RFC 2919. */
function whyBulk(message: Message): string | null {
  const precedence = message.all('Precedence').map(keyword);
  const bulk = precedence.find((value) => value === 'list' || value === 'bulk' || value === 'junk');
  if (bulk !== undefined) return `its Precedence is ${bulk}`;
  const field = listFields.find((name) => message.field(name) !== null);
  return field === undefined ? null : `it has ${field}`;
}

function whyShape(tree: PartData): string | null {
  const types = readable(tree).map(({ type }) => type);
  if (types.includes('text/plain') || types.includes('text/html')) return null;
  return types.includes('text/calendar') ? 'it is a calendar entry only' : 'it has no text to add to';
}

function whyWhen(
  { sender, recipient, notRecipient }: When,
  { address }: Sender,
  { recipients }: Envelope,
): string | null {
  if (sender.length > 0 && !isLikeAny(address, sender)) return `${address} is not in when.sender`;
  if (recipient.length > 0 && !recipients.some((one) => isLikeAny(one, recipient)))
    return 'no recipient is in when.recipient';
  const excluded = recipients.find((one) => isLikeAny(one, notRecipient));
  return excluded === undefined ? null : `${excluded} is in when.notRecipient`;
}

/** Leaves that are part of what is read, not attached to it. */
export function readable(part: PartData): readonly PartData[] {
  if (part.disposition === 'attachment' || part.type.startsWith('message/')) return [];
  return part.parts.length === 0 ? [part] : part.parts.flatMap(readable);
}

/** The first word: before any parameter or comment, lower case. */
function keyword(value: string): string {
  return (/^[a-z0-9-]{1,40}/i.exec(value.trim())?.[0] ?? '').toLowerCase();
}
