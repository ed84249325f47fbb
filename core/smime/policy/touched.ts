import { editKinds } from '../../../sdk/edits.ts';
import { bufferOf } from '../../message/content.ts';
import { openMessage, type MessageEdit, type OpenMessage } from '../../message/message.ts';
import { findPart, type Part } from '../../message/part.ts';
import { signedEntityOf } from '../entity.ts';
import { protectedParts, type ProtectedPart } from '../smime.ts';
import { opaqueContentOf } from './opaque.ts';
import { headerProtectionOf, namesOf } from './header-protection.ts';

const headerKinds: ReadonlySet<MessageEdit['kind']> = new Set<MessageEdit['kind']>(editKinds.header);
const namedIn = (edit: MessageEdit): string | null => ('name' in edit ? edit.name.toLowerCase() : null);

/** Whether all an edit does is in the header of the message. */
export const isHeaderEdit = ({ kind }: MessageEdit): boolean => headerKinds.has(kind);

/**
 * The first protected part whose octets the edits would change, or that they need to look into.
 *
 * Fields of the header no signature covers may be edited whatever protects the body; so may parts beside a protected one.
 *
 * @returns null when they change nothing that is protected
 */
export function touchedPart(message: OpenMessage, edits: readonly MessageEdit[]): ProtectedPart | null {
  const found = protectedParts(message);
  const [first] = found;
  if (!first || edits.length === 0) return null;
  if (edits.some((edit) => namedIn(edit)?.startsWith('content-'))) return first;
  const covering = found.find((one) => isCoveredBy(message, one, edits));
  if (covering) return covering;
  if (edits.every(isHeaderEdit)) return null;
  return first.part === message.root ? first : tried(message, found, edits);
}

/** Whether a protected part holds fields of the header that the edits name. */
function isCoveredBy(
  message: OpenMessage,
  { protection, what, part }: ProtectedPart,
  edits: readonly MessageEdit[],
): boolean {
  if (part !== message.root || protection !== 'signed' || isPgp({ what })) return false;
  const names = new Set(edits.flatMap((edit) => namedIn(edit) ?? []));
  if (names.size === 0) return false;
  const entity = signedEntityOf(message.octets, part);
  const content = entity?.kind === 'clear' ? entity.content : entity && opaqueContentOf(entity.cms);
  return content !== null && namesOf(headerProtectionOf(message, content).lines).some((name) => names.has(name));
}

/** What is protected by OpenPGP, which nothing here reads. */
export const isPgp = ({ what }: Pick<ProtectedPart, 'what'>): boolean => /\b(?:Open)?PGP\b/.test(what);

/** Makes the edits and looks which protected parts are still the same octets. */
function tried(
  message: OpenMessage,
  before: readonly ProtectedPart[],
  edits: readonly MessageEdit[],
): ProtectedPart | null {
  const trial = openMessage(message.octets);
  if (trial.edit(edits).some(({ kind }) => kind === 'skipped')) return firstShown(message, before);
  const edited = openMessage(trial.write());
  const after = protectedParts(edited).map(({ part }) => octetsOf(edited, part));
  let from = 0;
  for (const one of before) {
    const octets = octetsOf(message, one.part);
    const at = after.findIndex((other, index) => index >= from && other.equals(octets));
    if (at < 0) return one;
    from = at + 1;
  }
  return null;
}

const octetsOf = ({ octets }: OpenMessage, { header, body }: Part): Buffer =>
  bufferOf(octets).subarray(header.from, body.to);

/** The first that is shown as part of the message, not as one that was attached: the edits may want to look into it. */
const firstShown = ({ root }: OpenMessage, found: readonly ProtectedPart[]): ProtectedPart | null =>
  found.find(({ part }) => !isInMessage(root, part)) ?? null;

function isInMessage(root: Part, part: Part): boolean {
  for (let parent = findPart(root, part.path)?.parent; parent; parent = findPart(root, parent.path)?.parent)
    if (!parent.type.startsWith('multipart/')) return true;
  return false;
}
