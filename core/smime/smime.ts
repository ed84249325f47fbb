import type { Protection } from '../../sdk/message.ts';
import { contentOf } from '../message/content.ts';
import { openMessage, type OpenMessage } from '../message/message.ts';
import { everyPart, type Part } from '../message/part.ts';
import { classifyPart, type Finding } from './classify.ts';

/** What protects a message, and where it was seen. */
export type Classification = {
  readonly protection: Protection;
  /** For a person: `S/MIME multipart/signed at 1.2`; `` when nothing protects it. */
  readonly reason: string;
};

const none: Classification = { protection: 'none', reason: '' };
const known = new WeakMap<OpenMessage, Classification>();
/** Messages inside transfer encodings where none may be (RFC 2045 §6.4): so deep they are opened. */
const unwrapLimit = 4;

/**
 * Looks for signed and encrypted content anywhere in the tree, messages inside messages included. What looks like it
 * but cannot be read is `unknown-crypto`, never `none`.
 *
 * @source RFC 8551 §3.10, RFC 3156, RFC 9580 §7
 */
export function protectionOf(message: OpenMessage): Classification {
  const before = known.get(message);
  if (before) return before;
  const classification = classify(message, unwrapLimit);
  known.set(message, classification);
  return classification;
}

/** A part that is protected; what is inside of it is not looked at. */
export type ProtectedPart = Finding & { readonly part: Part };

/** The outermost protected parts, in the order of the octets; the whole message when it could not be looked through. */
export function protectedParts(message: OpenMessage): readonly ProtectedPart[] {
  if (message.limit !== null) return [{ ...unreadable(message.limit), part: message.root }];
  return partsIn(message, message.root);
}

/** Depth is bounded by the index. */
function partsIn(message: OpenMessage, part: Part): readonly ProtectedPart[] {
  const found = classifyPart(message.octets, part);
  if (found) return [{ ...found, part }];
  const encoded = unwrap(message, part, unwrapLimit);
  if (encoded) return [{ protection: 'unknown-crypto', what: encoded.what, part }];
  return part.parts.flatMap((child) => partsIn(message, child));
}

const unreadable = (limit: string): Finding => ({ protection: 'unknown-crypto', what: `not looked through: ${limit}` });

const order = ['unknown-crypto', 'signed', 'encrypted'] as const;

function classify(message: OpenMessage, depth: number): Classification {
  let worst: Classification = none;
  for (const part of everyPart(message.root)) {
    const found = classifyPart(message.octets, part) ?? unwrap(message, part, depth);
    if (found && rank(found.protection) > rank(worst.protection))
      worst = { protection: found.protection, reason: `${found.what} at ${part.path || 'the top'}` };
  }
  if (worst.protection === 'none' && message.limit !== null) {
    const { protection, what: reason } = unreadable(message.limit);
    return { protection, reason };
  }
  return worst;
}

const rank = (protection: Protection): number => (protection === 'none' ? -1 : order.indexOf(protection));

function unwrap({ octets }: OpenMessage, part: Part, depth: number): Finding | null {
  if (part.encoding !== 'base64' && part.encoding !== 'quoted-printable') return null;
  const isMessage = part.type === 'message/rfc822' || part.type === 'message/global';
  if (!isMessage && !(part.type.startsWith('multipart/') && part.parts.length === 0)) return null;
  if (depth === 0) return { protection: 'unknown-crypto', what: 'encoded messages nested too deep' };
  const header = isMessage ? [] : [Buffer.from(octets.subarray(part.header.from, part.header.to)), Buffer.from('\r\n')];
  const inner = isMessage
    ? contentOf(octets, part)
    : Buffer.concat([...decodedHeader(header), contentOf(octets, part)]);
  const { protection, reason } = classify(openMessage(inner), depth - 1);
  return protection === 'none' ? null : { protection, what: `${reason} inside an encoded ${part.type}` };
}

/** The header of an encoded multipart with its encoding made harmless, so that the decoded body is split. */
const decodedHeader = (header: readonly Buffer[]): readonly Buffer[] =>
  header.map((octets) =>
    Buffer.from(octets.toString('latin1').replaceAll(/^content-transfer-encoding/gim, 'X-Was'), 'latin1'),
  );
