import { Incomplete, Malformed } from '../asn1/malformed.ts';
import { readEnvelopeHead, readEnvelopeTail, type EnvelopeHead, type EnvelopeTail } from './envelope.ts';
import { createOctetStringStream, type OctetStringStream } from './octet-string-stream.ts';
import { readSource, type OctetSource } from './octet-source.ts';

const headLimit = 4 * 2 ** 20;
const tailLimit = 2 ** 20;

/** Reads as much of a source as it takes to know for whom it is, and how. @throws Malformed */
export async function readHeadOf(source: OctetSource): Promise<EnvelopeHead> {
  const stream = createEnvelopeStream(() => undefined);
  for await (const chunk of readSource(source)) {
    stream.push(chunk);
    const head = stream.head();
    if (head) return head;
  }
  return stream.finish().head;
}

/** Reads a source to its end. @param take is given the encrypted contents, piece by piece @throws Malformed */
export async function readEnvelope(
  source: OctetSource,
  take: (octets: Buffer) => Promise<void> | void,
): Promise<EnvelopeTail> {
  const waiting: Buffer[] = [];
  const stream = createEnvelopeStream((octets) => waiting.push(octets));
  for await (const chunk of readSource(source)) {
    stream.push(chunk);
    for (const octets of waiting.splice(0)) await take(octets);
  }
  const { tail } = stream.finish();
  for (const octets of waiting) await take(octets);
  return tail;
}

type EnvelopeStream = {
  /** @throws Malformed */
  push(chunk: Uint8Array): void;
  /** Null until enough has come. */
  head(): EnvelopeHead | null;
  /** @throws Malformed when the end has not come */
  finish(): { readonly head: EnvelopeHead; readonly tail: EnvelopeTail };
};

/** Splits what comes into head, contents and tail; holds the head and the tail, and no more. */
function createEnvelopeStream(emit: (octets: Buffer) => void): EnvelopeStream {
  let before: Buffer = Buffer.alloc(0);
  let wanted = 0;
  let head: EnvelopeHead | null = null;
  let content: OctetStringStream | null = null;
  let at = 0;
  let isAfter = false;
  let after: Buffer = Buffer.alloc(0);

  /** Looks again only when there is half as much more: octets that come one by one are not read over and over. */
  const collectHead = (chunk: Buffer): Buffer | null => {
    before = Buffer.concat([before, chunk]);
    if (before.length < wanted) return null;
    head = tryHead(before);
    if (!head) {
      if (before.length > headLimit) throw new Malformed('a head beyond reason');
      wanted = before.length * 1.5;
      return null;
    }
    content = createOctetStringStream(head.content);
    at = head.content.content;
    return before.subarray(at);
  };

  const push = (chunk: Uint8Array): void => {
    const given = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let rest: Buffer | null = head ? given : collectHead(given);
    if (!rest || !content) return;
    before = Buffer.alloc(0);
    if (!isAfter) {
      const { octets, taken, done } = content.push(rest);
      if (octets.length > 0) emit(octets);
      at += taken;
      isAfter = done;
      rest = rest.subarray(taken);
    }
    if (rest.length > 0 && after.length < tailLimit) after = Buffer.concat([after, rest]);
  };

  return {
    push,
    head: () => head,
    finish() {
      wanted = 0;
      if (!head) push(Buffer.alloc(0));
      if (!head || !isAfter) throw new Incomplete('the octets end too early');
      return { head, tail: readEnvelopeTail(head, after, at) };
    },
  };
}

function tryHead(octets: Buffer): EnvelopeHead | null {
  try {
    return readEnvelopeHead(octets);
  } catch (error) {
    if (error instanceof Incomplete) return null;
    throw error;
  }
}
