import type { EditOf, NewPart } from '../../../../sdk/edits.ts';
import { readLines, type HeaderLine } from '../../fields.ts';
import { findPart, type Part } from '../../part.ts';
import { toAsciiHtml } from '../../text/html-place.ts';
import { boundariesOf } from './boundary.ts';
import { withLastEnd } from '../journal.ts';
import {
  appendToMultipart,
  encloseInMultipart,
  isContentField,
  nameOf,
  splicesIn,
  swapContentFields,
  withVersion,
} from './multipart.ts';
import { entityOf, writePart, type Place, type Written } from './new-part.ts';
import { skip, type Plan, type Scene } from './scene.ts';

const placeOf = ({ lineEnd, root }: Scene): Place => ({ lineEnd, boundaries: boundariesOf({ root }) });

/** The message becomes the first part of a multipart/mixed, the notice the second (R36). */
export function planWrap(scene: Scene, { html }: EditOf<'wrap'>): Plan {
  const content = { kind: 'text', text: toAsciiHtml(html) } as const;
  const notice: NewPart = { type: 'text/html', content, charset: null, disposition: 'inline', filename: null };
  const written = writePart(notice, placeOf(scene));
  if (written.kind === 'bad') return skip(`the new part: ${written.reason}`);
  return encloseInMultipart(scene, scene.root, [entityOf(written, scene.lineEnd)], { subtype: 'mixed' });
}

export function planAddPart(scene: Scene, { part }: EditOf<'add-part'>): Plan {
  const { root, lineEnd } = scene;
  if (root.type === 'multipart/report') return skip('the parts of a multipart/report belong together');
  if (root.ambiguous) return skip('the message says twice what it is');
  const written = writePart(part, placeOf(scene));
  if (written.kind === 'bad') return skip(`the new part: ${written.reason}`);
  const entity = entityOf(written, lineEnd);
  const isOpen = root.type === 'multipart/mixed' && (root.parts.length > 0 || root.closing >= 0);
  if (isOpen && (root.encoding === 'base64' || root.encoding === 'quoted-printable'))
    return skip(`the message is a multipart in ${root.encoding}`);
  return isOpen
    ? appendToMultipart(scene, root, [entity])
    : encloseInMultipart(scene, root, [entity], { subtype: 'mixed' });
}

export function planReplacePart(scene: Scene, { path, part: fresh }: EditOf<'replace-part'>): Plan {
  const found = findPart(scene.root, path);
  if (!found) return skip(`there is no part ${path}`);
  const written = writePart(fresh, placeOf(scene));
  if (written.kind === 'bad') return skip(`the new part: ${written.reason}`);
  return replace(scene, found, written);
}

/** A multipart keeps at least one part, and the message its body: there an empty text takes the place. */
export function planRemovePart(scene: Scene, { path, notice }: EditOf<'remove-part'>): Plan {
  const found = findPart(scene.root, path);
  if (!found) return skip(`there is no part ${path}`);
  const { part, parent } = found;
  if (parent?.ambiguous) return skip(`${nameOf(parent)} says twice what it is`);
  const isOne = !parent || parent.parts.length === 1 || !parent.type.startsWith('multipart/');
  if (notice === null && !isOne) return cutOut(scene, part, parent);
  if (notice === null && !parent) return skip('the message itself cannot be removed without a notice');
  const content = { kind: 'text', text: notice ?? '' } as const;
  const text: NewPart = { type: 'text/plain', content, charset: null, disposition: 'inline', filename: null };
  const written = writePart(text, placeOf(scene));
  return written.kind === 'bad' ? skip(`the notice: ${written.reason}`) : replace(scene, found, written);
}

type Found = { readonly part: Part; readonly parent: Part | null };

/** What the old content was called by others stays: its Content-ID and Content-Location. */
const describesContent = (line: HeaderLine): boolean =>
  isContentField(line) && !/^content-(?:id|location)$/i.test(line.name ?? '');

function replace({ octets, lineEnd }: Scene, { part, parent }: Found, { lines, body }: Written): Plan {
  const before = readLines(octets, part.header);
  const swapped = swapContentFields(before, lines, describesContent, lineEnd);
  const isMessage = !parent || !parent.type.startsWith('multipart/');
  const after = withLastEnd(isMessage ? withVersion(swapped, lineEnd) : swapped, lineEnd);
  const end = Buffer.from(lineEnd);
  const isLoose = !part.separated || part.glued;
  const pieces = [...(part.separated ? [] : [end]), body, ...(isLoose && part.next < octets.length ? [end] : [])];
  const { from, to } = part.body;
  const splices = [...splicesIn(part, before, after), { at: from, removed: to - from, octets: Buffer.concat(pieces) }];
  return { kind: 'planned', splices, act: { kind: 'replace', part } };
}

/** With the delimiter line above it; what ended it then ends the part before. */
function cutOut({ octets, lineEnd }: Scene, part: Part, parent: Part): Plan {
  const { from } = part.header;
  const lineTo = octets[from - 1] === 0x0a ? from - 2 : from - 1;
  const at = octets.lastIndexOf(0x0a, lineTo) + 1;
  const isEnd = part.next === octets.length;
  const closing = isEnd ? Buffer.from(`--${parent.boundary ?? ''}--${lineEnd}`, 'latin1') : Buffer.alloc(0);
  return {
    kind: 'planned',
    splices: [{ at, removed: part.next - at, octets: closing }],
    act: { kind: 'remove', part },
  };
}
