import { Fault } from '../../errors.ts';
import type { Reply } from '../../../sdk/reply.ts';

/** A reply as it came: all its lines, without code and enhanced status in front of the text. */
export type ServerReply = {
  readonly code: number;
  /** `class.subject.detail`; null when the server gave none, or one whose class is not that of the code. */
  readonly status: string | null;
  readonly lines: readonly string[];
};

/** RFC 5321 §4.5.3.1.5 allows 512 octets; many are longer. */
const longestLine = 4_096;
const mostLines = 200;
const lf = 0x0a;

/** Octets in, replies out. What is left over after STARTTLS is how plaintext is injected: `pending` tells. */
export type ReplyReader = {
  /** @returns the replies that are whole now. @throws Fault `relay.protocol` when it is no SMTP */
  push(octets: Buffer): readonly ServerReply[];
  /** Octets that belong to no reply yet. */
  readonly pending: number;
};

export function createReplyReader(): ReplyReader {
  let rest: Buffer = Buffer.alloc(0);
  let lines: string[] = [];

  return {
    push(octets) {
      rest = rest.length === 0 ? octets : Buffer.concat([rest, octets]);
      const replies: ServerReply[] = [];
      let from = 0;
      for (let end = rest.indexOf(lf); end >= 0; end = rest.indexOf(lf, from)) {
        const line = textOf(rest.subarray(from, end));
        from = end + 1;
        const isLast = !/^\d{3}-/.test(line);
        lines.push(line);
        if (lines.length > mostLines) throw new Fault('relay.protocol', { reason: 'a reply of too many lines' });
        if (!isLast) continue;
        replies.push(readReply(lines));
        lines = [];
      }
      rest = rest.subarray(from);
      if (rest.length > longestLine) throw new Fault('relay.protocol', { reason: 'a line that is too long' });
      return replies;
    },
    get pending() {
      return rest.length + lines.length;
    },
  };
}

function textOf(line: Buffer): string {
  return line.toString('latin1').replace(/\r$/, '').slice(0, longestLine);
}

function readReply(lines: readonly string[]): ServerReply {
  const code = Number(lines.at(-1)?.slice(0, 3));
  const isWhole = lines.every((line) => /^[2-5]\d\d(?:[ -]|$)/.test(line) && Number(line.slice(0, 3)) === code);
  if (!isWhole) throw new Fault('relay.protocol', { reason: 'what came is no SMTP reply' });
  const texts = lines.map((line) => line.slice(4));
  const [, status = null] = /^([245]\.\d{1,3}\.\d{1,3})(?: |$)/.exec(texts[0] ?? '') ?? [];
  const known = status !== null && Number(status[0]) === Math.floor(code / 100) ? status : null;
  return { code, status: known, lines: texts.map((text) => withoutStatus(text, known)) };
}

const withoutStatus = (text: string, status: string | null): string =>
  status !== null && text.startsWith(status) ? text.slice(status.length).trimStart() : text;

/** The reply as we keep it and report it: one line of printable ASCII of at most 480 octets. */
export function asReply({ code, status, lines }: ServerReply): Reply {
  const digit = code < 400 ? 2 : code < 500 ? 4 : 5;
  const text = lines
    .join(' ')
    .replaceAll(/[^ -~]/g, '?')
    .trim()
    .slice(0, 480);
  const [, subject = '0', detail = '0'] = status?.split('.') ?? [];
  return { code, status: `${digit}.${Number(subject)}.${Number(detail)}`, text };
}
