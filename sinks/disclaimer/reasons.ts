import type { Envelope, Message, PartData } from '@sluice/sdk';
import type { Occasion } from './occasion.ts';
import type { Settings } from './settings.ts';

/**
 * Why this message gets no disclaimer, whatever the rules; null when it may get one. Machines read what is excluded
 * here, or answer it: a report, an automatic answer, a list that distributes it again.
 */
export function whyNot(message: Message, envelope: Envelope, { lists }: Pick<Settings, 'lists'>): string | null {
  return whyAutomatic(message, envelope) ?? (lists === 'skip' ? whyBulk(message) : null);
}

/**
 * Why a message of somebody else is not to be edited for its DKIM signature; null when it may be. What `spf-dkim-dmarc`
 * found out counts; where it is not bound, any signature counts as good.
 */
export function whySigned({ message, session, settings }: Pick<Occasion, 'message' | 'session' | 'settings'>) {
  if (settings.dkimSigned === 'add' || session === null || session.identity !== null) return null;
  if (message.field('DKIM-Signature') === null) return null;
  return (session.tags['dkim'] ?? 'pass') === 'pass' ? 'its DKIM signature would break' : null;
}

/** RFC 3834 §5 (Auto-Submitted), RFC 6522 (multipart/report: DSN, MDN, ARF), RFC 5321 §4.5.5 (null reverse-path). */
function whyAutomatic(message: Message, { reversePath }: Envelope): string | null {
  if (reversePath === '') return 'its reverse-path is null';
  const automatic = message.all('Auto-Submitted').find((value) => keyword(value) !== 'no');
  if (automatic !== undefined) return `it is Auto-Submitted: ${keyword(automatic)}`;
  if (message.tree.type === 'multipart/report') return 'it is a report';
  if (/^message\/(?:delivery-status|disposition-notification|feedback-report)$/.test(message.tree.type)) {
    return 'it is a report';
  }
  return message.all('Precedence').some((value) => /^auto[-_]reply$/i.test(value.trim()))
    ? 'its Precedence is auto_reply'
    : null;
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

/** The first word: before any parameter or comment, lower case. */
function keyword(value: string): string {
  return (/^[a-z0-9-]{1,40}/i.exec(value.trim())?.[0] ?? '').toLowerCase();
}

/** What a text can be added to. */
export type Shape =
  | { readonly kind: 'text'; readonly plain: boolean; readonly html: boolean }
  /** Signed or encrypted, nothing to be read from here: the core and the binding's `smime` decide. */
  | { readonly kind: 'protected' }
  /** Nothing, unless the settings want a part of its own. */
  | { readonly kind: 'none'; readonly because: Settings['separatePartFor'][number] | null; readonly reason: string };

/** Looks at the parts only. */
export function shapeOf({ tree, protection }: Message): Shape {
  const leaves = readable(tree);
  const has = (type: string): boolean => leaves.some((leaf) => leaf.type === type);
  if (allLeaves(tree).some(isTnef)) {
    return { kind: 'none', because: 'tnef', reason: 'its text is in winmail.dat (TNEF), which nobody can edit' };
  }
  if (has('text/plain') || has('text/html')) return { kind: 'text', plain: has('text/plain'), html: has('text/html') };
  if (protection !== 'none') return { kind: 'protected' };
  if (has('text/calendar')) return { kind: 'none', because: null, reason: 'it is a calendar entry only' };
  if (has('text/rtf') || has('application/rtf') || has('text/richtext') || has('text/enriched')) {
    return { kind: 'none', because: 'rtf', reason: 'its text is RTF, which nobody can edit' };
  }
  return { kind: 'none', because: 'no-text', reason: 'it has no text to add to' };
}

/** Leaves that are part of what is read, not attached to it. */
export function readable(part: PartData): readonly PartData[] {
  if (part.disposition === 'attachment' || part.type.startsWith('message/')) return [];
  return part.parts.length === 0 ? [part] : part.parts.flatMap(readable);
}

/** Leaves that are no part of a forwarded message. */
function allLeaves(part: PartData): readonly PartData[] {
  if (part.type.startsWith('message/')) return [];
  return part.parts.length === 0 ? [part] : part.parts.flatMap(allLeaves);
}

/** Outlook shows what is in it and nothing else (MS-OXTNEF). */
const isTnef = ({ type, filename }: PartData): boolean =>
  type === 'application/ms-tnef' || type === 'application/vnd.ms-tnef' || filename?.toLowerCase() === 'winmail.dat';
