import { readElement, type Element } from '../asn1/element.ts';
import { readHeader, type Header } from '../asn1/header.ts';
import { Incomplete, Malformed } from '../asn1/malformed.ts';
import { expectTag, readCount, readOctets, readOid, tags } from '../asn1/values.ts';
import { readAlgorithm } from './algorithm.ts';
import { isAuthenticated, readContentCipher, type ContentCipher } from './content-cipher.ts';
import { oids } from './oids.ts';
import { readRecipients, type Recipient } from './recipient.ts';

/** What stands before encrypted contents: everything needed to find the key. */
export type EnvelopeHead = {
  /** Whether the contents are authenticated, too: AuthEnvelopedData (RFC 5083). */
  readonly authenticated: boolean;
  readonly recipients: readonly Recipient[];
  readonly contentType: string;
  /** Null when it is not supported, or may not be used in this type of content. */
  readonly cipher: ContentCipher | null;
  /** Of the string the contents are in. */
  readonly content: Header;
  /** Ends of the elements around it, inmost last, in octets from the beginning; null where a mark ends them. */
  readonly ends: readonly (number | null)[];
};

/** What stands after them. */
export type EnvelopeTail = {
  /** Attributes the tag covers, as the SET OF it is computed over; null when there are none. */
  readonly attributes: Element | null;
  /** Null in EnvelopedData. */
  readonly tag: Buffer | null;
};

/**
 * Reads up to where the encrypted contents begin.
 *
 * @param octets as many of the first as there are
 * @throws Incomplete when it takes more of them; Malformed
 * @source RFC 5652 §6.1, RFC 5083 §2.1
 */
export function readEnvelopeHead(octets: Buffer): EnvelopeHead {
  const walk = startWalk(octets, []);
  walk.enter(tags.sequence);
  const type = readOid(walk.take(tags.oid));
  if (type !== oids.envelopedData && type !== oids.authEnvelopedData) throw new Malformed('another type of content');
  const authenticated = type === oids.authEnvelopedData;
  walk.enter(0xa0);
  walk.enter(tags.sequence);
  readCount(walk.take(tags.integer));
  if (walk.peek().tag === 0xa0) walk.take(0xa0);
  const recipients = walk.take(tags.set);
  walk.enter(tags.sequence);
  const contentType = readOid(walk.take(tags.oid));
  const cipher = readContentCipher(readAlgorithm(walk.take(tags.sequence)));
  const content = walk.peek();
  if ((content.tag & ~0x20) !== 0x80) throw new Malformed('no encrypted content');
  const mayUse = cipher !== null && isAuthenticated(cipher.name) === authenticated;
  return {
    authenticated,
    recipients: readRecipients(recipients),
    contentType,
    cipher: mayUse ? cipher : null,
    content,
    ends: walk.ends,
  };
}

/**
 * Reads what follows the encrypted contents.
 *
 * @param octets from there to the end
 * @param at how many octets were before
 * @throws Malformed
 */
export function readEnvelopeTail(head: EnvelopeHead, octets: Buffer, at: number): EnvelopeTail {
  const ends = head.ends.map((end) => (end === null ? null : end - at));
  const walk = startWalk(octets, ends);
  walk.leave();
  const attributes = head.authenticated ? walk.optional(0xa1) : null;
  const tag = head.authenticated ? readOctets(walk.take(tags.octetString)) : null;
  walk.optional(head.authenticated ? 0xa2 : 0xa1);
  while (walk.ends.length > 0) walk.leave();
  return { attributes, tag };
}

type Walk = {
  readonly ends: readonly (number | null)[];
  /** The header of the next element, not taken. */
  peek(): Header;
  enter(tag: number): void;
  take(tag: number): Element;
  optional(tag: number): Element | null;
  /** Takes the end of the inmost element that was entered. */
  leave(): void;
};

/** Walks elements whose ends may lie beyond the octets at hand. */
function startWalk(octets: Buffer, around: readonly (number | null)[]): Walk {
  const ends = [...around];
  let at = 0;
  const peek = (): Header => readHeader(octets, at);
  const check = (end: number): number => {
    if (ends.some((outer) => outer !== null && outer < end))
      throw new Malformed('an element that ends outside its own');
    return end;
  };
  const take = (tag: number): Element => {
    const element = expectTag(readElement(octets.subarray(at)), tag);
    at = check(at + element.octets.length);
    return element;
  };
  return {
    ends,
    peek,
    take,
    optional: (tag) => (ends.at(-1) !== at && peek().tag === tag ? take(tag) : null),
    enter(tag) {
      const { tag: found, content, length } = peek();
      if (found !== tag) throw new Malformed('an element of another type than belongs here');
      const end = length < 0 ? null : check(content + length);
      at = check(content);
      ends.push(end);
    },
    leave() {
      const end = ends.pop();
      if (end === null && octets.length < at + 2) throw new Incomplete('no end');
      if (end === null ? octets.readUInt16BE(at) !== 0 : end !== at)
        throw new Malformed('something where an end belongs');
      if (end === null) at = check(at + 2);
    },
  };
}
