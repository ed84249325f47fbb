import type { Part } from '../part.ts';

/** A body part that inserted text belongs into. */
export type Target = {
  readonly part: Part;
  readonly form: 'plain' | 'html';
  /** Boundaries of the multiparts around it. */
  readonly boundaries: readonly string[];
};

/** Multiparts whose parts are for programs, or belong together as they are. */
const closed = new Set(['report', 'signed', 'encrypted', 'digest', 'form-data', 'appledouble', 'byteranges']);

/**
 * Finds the parts a person reads as the message: all forms of it, but neither attachments nor what comes after it.
 *
 * @source RFC 2046 §5.1.3 (mixed), §5.1.4 (alternative), RFC 2387 §3.2 (related: `start`)
 */
export function findTargets(root: Part): readonly Target[] {
  return targetsIn(root, []);
}

/** Depth is bounded by the index. */
function targetsIn(part: Part, boundaries: readonly string[]): readonly Target[] {
  const form = formOf(part, boundaries.length === 0);
  if (form) return [{ part, form, boundaries }];
  const subtype = part.type.startsWith('multipart/') ? part.type.slice('multipart/'.length) : null;
  if (subtype === null || closed.has(subtype) || isAttachment(part)) return [];
  const inner = part.boundary === null ? boundaries : [...boundaries, part.boundary];
  if (subtype === 'alternative') return part.parts.flatMap((child) => targetsIn(child, inner));
  if (subtype === 'related') {
    const start = startOf(part);
    return start ? targetsIn(start, inner) : [];
  }
  for (const child of part.parts) {
    const found = targetsIn(child, inner);
    if (found.length > 0) return found;
  }
  return [];
}

function startOf(part: Part): Part | undefined {
  const start = part.contentType.parameters.get('start')?.trim().toLowerCase();
  return part.parts.find(({ id }) => start !== undefined && id === start) ?? part.parts[0];
}

function formOf(part: Part, isRoot: boolean): Target['form'] | null {
  if (isAttachment(part)) return null;
  if (!isRoot && (part.disposition?.parameters.has('filename') || part.contentType.parameters.has('name'))) return null;
  if (part.type === 'text/plain') return 'plain';
  return part.type === 'text/html' ? 'html' : null;
}

const isAttachment = ({ disposition }: Part): boolean => disposition !== null && disposition.value === 'attachment';
