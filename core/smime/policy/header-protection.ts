import { bufferOf } from '../../message/content.ts';
import { isNamed, readLines, valueOf, type HeaderLine } from '../../message/fields.ts';
import { openMessage, type OpenMessage } from '../../message/message.ts';

/** Fields of a message that are signed or encrypted along with its body. */
export type HeaderProtection = {
  /** The field lines inside, in their order; none when no field is protected. */
  readonly lines: readonly HeaderLine[];
  /** Whether they say what the fields outside say: then they can be written anew. */
  readonly isEqual: boolean;
  /** Whether they are those of a message inside (`message/rfc822`), which has to be told from one that is forwarded. */
  readonly isWrapped: boolean;
};

const none: HeaderProtection = { lines: [], isEqual: true, isWrapped: false };

/**
 * Finds the header fields a protected entity holds: those beside its Content-* fields, marked with `hp` or not
 * (RFC 9788 §2.1), or those of the message it is (RFC 8551 §3.1).
 *
 * @param outside the message around
 * @param entity what was signed or encrypted, header and body
 */
export function headerProtectionOf(outside: Tree, entity: Uint8Array): HeaderProtection {
  const { root } = openMessage(headOf(entity));
  const octets = bufferOf(entity);
  const isWrapped = root.type === 'message/rfc822' || root.type === 'message/global';
  const inner = isWrapped ? openMessage(entity).root.parts[0] : null;
  if (isWrapped && !inner) return { ...none, isWrapped };
  const lines = readLines(octets, (inner ?? root).header).filter(isCovered);
  if (lines.length === 0) return isWrapped ? { ...none, isWrapped } : none;
  return { lines, isWrapped, isEqual: isEqual(lines, outerLines(outside)) };
}

type Tree = Pick<OpenMessage, 'octets' | 'root'>;

/** A header can be read without what follows; of large entities the body is not indexed for it. */
function headOf(entity: Uint8Array): Uint8Array {
  const octets = bufferOf(entity);
  for (let size = 64 * 1024; ; size *= 4) {
    const head = octets.subarray(0, size);
    const ends = [head.indexOf('\r\n\r\n'), head.indexOf('\n\n')].filter((at) => at >= 0);
    if (ends.length > 0) return octets.subarray(0, Math.min(...ends) + 4);
    if (size >= octets.length) return octets;
  }
}

/** `HP-Outer` speaks about the fields outside (RFC 9788 §2.2). */
const isCovered = ({ name }: HeaderLine): boolean =>
  name !== null && !/^(?:content-.*|mime-version|hp-outer)$/i.test(name);

const outerLines = ({ octets, root }: Tree): readonly HeaderLine[] => readLines(bufferOf(octets), root.header);

function isEqual(inside: readonly HeaderLine[], outside: readonly HeaderLine[]): boolean {
  return namesOf(inside).every((name) => {
    const [one, other] = [inside, outside].map((lines) => lines.filter((line) => isNamed(line, name)).map(valueOf));
    return one?.length === other?.length && one?.every((value, at) => value === other?.[at]);
  });
}

/** In lower case, each once, in the order of the fields. */
export const namesOf = (lines: readonly HeaderLine[]): readonly string[] => [
  ...new Set(lines.flatMap(({ name }) => (name === null ? [] : [name.toLowerCase()]))),
];

/**
 * The fields to put inside again: what the message says now where both said the same before, else as they were.
 *
 * @param now the message with its edits
 * @source RFC 9788 §2.1: fields inside are what the reader is shown
 */
export function protectAgain({ lines, isEqual: wasEqual }: HeaderProtection, now: Tree): Buffer {
  if (!wasEqual) return Buffer.concat(lines.map(({ octets }) => octets));
  const outside = outerLines(now);
  const fields = namesOf(lines).flatMap((name) => outside.filter((line) => isNamed(line, name)));
  return Buffer.concat(fields.map(({ octets }) => octets));
}
