import { createHash } from 'node:crypto';
import type { InlineImage } from '../../../../sdk/edits.ts';
import { contentOf } from '../../content.ts';
import { findPart, type Part } from '../../part.ts';
import { boundariesOf } from './boundary.ts';
import { appendToMultipart, encloseInMultipart } from './multipart.ts';
import { entityOf, isBase64, writePart } from './new-part.ts';
import { skip, type Plan, type Scene } from './scene.ts';

/** Images to add, by the Content-IDs the HTML shows them with. */
export type Placed = {
  readonly kind: 'placed';
  readonly html: string;
  /** Those the message has not yet. */
  readonly missing: readonly { readonly id: string; readonly image: InlineImage }[];
};
type Bad = { readonly kind: 'bad'; readonly reason: string };

const tries = 20;

/**
 * Gives the images of a fragment of HTML their Content-IDs, made of their octets: the same image is the same part,
 * however many sinks and edits show it.
 *
 * @source RFC 2392
 */
export function placeImages(
  { octets, root }: Pick<Scene, 'octets' | 'root'>,
  html: string,
  images: readonly InlineImage[],
): Placed | Bad {
  const known = new Map(images.map((image) => [image.name, image]));
  const ids = new Map<string, string>();
  const missing: Placed['missing'][number][] = [];
  const present = partsById(root);
  for (const image of images) if (!isBase64(image.base64)) return { kind: 'bad', reason: 'an image is no base64' };
  const placed = html.replaceAll(/\bcid:([A-Za-z0-9._-]{1,64})/g, (written, name: string) => {
    const image = known.get(name);
    if (!image) return written;
    const { id, isThere } = findId(octets, present, image);
    if (!isThere && !ids.has(id)) missing.push({ id, image });
    ids.set(id, name);
    return `cid:${id}`;
  });
  return { kind: 'placed', html: placed, missing };
}

/** The parts of the message itself: what is inside of a message in it has names of its own. */
function partsById(part: Part, found = new Map<string, Part>()): ReadonlyMap<string, Part> {
  if (part.id !== null && !found.has(part.id)) found.set(part.id, part);
  if (part.type.startsWith('multipart/')) for (const child of part.parts) partsById(child, found);
  return found;
}

/** The first name for these octets that no other part of the message has. */
function findId(
  octets: Buffer,
  present: ReadonlyMap<string, Part>,
  { type, base64 }: InlineImage,
): { readonly id: string; readonly isThere: boolean } {
  const content = Buffer.from(base64, 'base64');
  const digest = createHash('sha256').update(type).update('\0').update(content).digest('hex').slice(0, 32);
  for (let count = 0; count < tries; count += 1) {
    const id = `${digest}${count === 0 ? '' : `.${count}`}@sluice`;
    const part = present.get(`<${id}>`);
    if (!part) return { id, isThere: false };
    if (part.type === type.toLowerCase() && contentOf(octets, part).equals(content)) return { id, isThere: true };
  }
  return { id: `${digest}.${tries}@sluice`, isThere: false };
}

/**
 * Puts images beside the HTML that shows them: into the multipart/related around it, else into a new one.
 *
 * @param path of the HTML
 * @source RFC 2387
 */
export function planImages(scene: Scene, path: string, missing: Placed['missing']): Plan {
  const { root, lineEnd } = scene;
  const found = findPart(root, path);
  if (!found) return skip(`there is no part ${path}`);
  const place = { lineEnd, boundaries: boundariesOf(scene) };
  const entities: Buffer[] = [];
  for (const { id, image } of missing) {
    const { type, base64 } = image;
    const content = { kind: 'octets', base64 } as const;
    const written = writePart({ type, content, charset: null, disposition: 'inline', filename: null }, place, id);
    if (written.kind === 'bad') return skip(`an image: ${written.reason}`);
    entities.push(entityOf(written, lineEnd));
  }
  const related = relatedAround(root, found.part);
  if (related) return appendToMultipart(scene, related, entities);
  return encloseInMultipart(scene, found.part, entities, { subtype: 'related', parameters: '; type="text/html"' });
}

/** The innermost multipart/related around a part. */
function relatedAround(root: Part, part: Part): Part | null {
  const parent = findPart(root, part.path)?.parent ?? null;
  if (!parent) return null;
  return parent.type === 'multipart/related' && parent.boundary !== null ? parent : relatedAround(root, parent);
}
