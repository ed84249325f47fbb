import { bufferOf } from '../../../message/content.ts';
import { putEntityInTurns, readEntity } from '../../../message/entity.ts';
import { openMessage, type OpenMessage } from '../../../message/message.ts';
import { everyPart, findPart, type Part } from '../../../message/part.ts';
import { writePkcs7Mime } from '../../entity.ts';
import { breathe } from '../../heavy.ts';
import type { Sealing } from '../contract.ts';
import { addNotice, type NoticeFacts } from '../notices/notice.ts';
import { replaceOpaqueContent } from '../opaque.ts';
import type { Verified } from '../verified.ts';
import { openView, type View } from '../view.ts';
import { problem, refuseHeaders, refused, type Course, type Layer, type Refused, type Target } from './layer.ts';

/** A signed part that may be looked into. */
export type SignedTarget = Target & { readonly verified: Verified };

/** What all that changes signed content has to respect. @returns why it cannot be changed; null when it can */
export function refuseSigned({ policy, needs }: Course, { verified }: SignedTarget): string | null {
  const { results, records } = verified;
  if (verified.content === null) return 'what was signed cannot be read';
  const ess = results.flatMap((one) => one.ess);
  if (ess.length > 0) return `it is signed with ${[...new Set(ess)].join(', ')} (RFC 2634)`;
  if (records.length < 2) return null;
  if (policy.severalSigners === 'skip') return `it has ${records.length} signers`;
  needs.add('severalSigners');
  return null;
}

/** Opens the signed content as a message, in the place of the signed part. */
export async function viewSigned({ message, found, edits, verified }: SignedTarget): Promise<View | Refused> {
  const { part } = found;
  const entity = verified.content ?? new Uint8Array(0);
  const view = await openView(message, part, { entity, part: part.parts[0] ?? null }, edits);
  if ('kind' in view) return view;
  const reason = refuseHeaders(view.protection, edits);
  return reason === null ? view : refused(reason);
}

/** The signature goes; the content takes its place as it was, with the edits and a notice. */
export async function openStrip(course: Course, target: SignedTarget): Promise<Layer | Refused> {
  const view = await viewSigned(target);
  if (!('find' in view)) return view;
  if (!view.protection.isEqual) return refused('protected header fields say something else than those outside');
  const facts = factsOf('strip', course, target.verified);
  return {
    ...layerOf(view),
    async close(octets) {
      const noticed = await addNotice(view.leave(octets), facts, course.policy);
      return noticed ? { kind: 'sealed', octets: noticed } : problem('there is no place for the notice');
    },
  };
}

/** The signature stays where it is and will not verify; a notice in the content says why. */
export async function openExplain(course: Course, target: SignedTarget): Promise<Layer | Refused> {
  const { message, found, verified } = target;
  const placed = refusePlace(message, found.part);
  if (placed !== null) return refused(placed);
  const view = await viewSigned(target);
  if (!('find' in view)) return view;
  const facts = factsOf('explain', course, verified);
  return {
    ...layerOf(view),
    async close(octets) {
      const noticed = await addNotice(octets, facts, course.policy);
      if (!noticed) return problem('there is no place for the notice');
      await breathe(noticed);
      return putBack(view, noticed, (entity) => brokenEntity(message, found.part, verified, entity));
    },
  };
}

export const layerOf = ({ message, edits }: View): Omit<Layer, 'close'> => ({
  kind: 'layer',
  message,
  edits,
  isDecrypted: false,
});

export const factsOf = (kind: NoticeFacts['kind'], { at, language }: Course, { records }: Verified): NoticeFacts => ({
  kind,
  language,
  signers: records,
  verifiedAt: at,
});

/** Why a part cannot be found again once it was edited; null when it can. */
export function refusePlace({ root }: OpenMessage, part: Part): string | null {
  if (part === root) return null;
  const boundary = findPart(root, part.path)?.parent?.boundary ?? null;
  if (boundary === null) return 'it is a message inside another';
  const same = [...everyPart(root)].filter((one) => one.boundary === boundary);
  return same.length === 1 ? null : 'the multipart it is in has the boundary of another';
}

/**
 * Puts what is made of the inside in the place of the inside.
 *
 * @param make the protected entity around it; null when it cannot be made
 */
export async function putBack(
  view: View,
  octets: Uint8Array,
  make: (entity: Buffer, lineEnd: string) => Promise<Uint8Array | null> | Uint8Array | null,
): Promise<Sealing> {
  const inside = view.find(octets);
  if (inside.kind === 'gone') return { kind: 'sealed', octets: inside.octets };
  if (inside.kind === 'lost') return problem(inside.reason);
  await breathe(octets);
  const entity = await make(inside.entity, lineEndOf(inside.tree));
  await breathe(octets);
  const put = entity && (await putEntityInTurns(inside.tree, inside.path, entity));
  return put ? { kind: 'sealed', octets: put } : problem('what was edited cannot be put back');
}

function lineEndOf({ octets }: OpenMessage): string {
  const at = octets.indexOf(0x0a);
  return at > 0 && octets[at - 1] !== 0x0d ? '\n' : '\r\n';
}

/** The protected entity as it was, around other content. */
async function brokenEntity(
  message: OpenMessage,
  part: Part,
  { entity }: Verified,
  content: Buffer,
): Promise<Buffer | null> {
  if (entity.kind === 'opaque') {
    const cms = replaceOpaqueContent(entity.cms, content);
    return cms && writePkcs7Mime(cms, 'signed-data');
  }
  const [inner] = part.parts;
  const octets = bufferOf(message.octets);
  const isRoot = part === message.root;
  const head = isRoot
    ? readEntity(openMessage(octets.subarray(0, part.body.from)), '')
    : octets.subarray(part.header.from, part.body.from);
  if (!head || !inner || part.boundary === null || content.includes(`--${part.boundary}`, 0, 'latin1')) return null;
  const before = octets.subarray(part.body.from, inner.header.from);
  return Buffer.concat([head, before, content, octets.subarray(inner.body.to, part.body.to)]);
}
