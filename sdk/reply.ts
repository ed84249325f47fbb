/**
 * One SMTP reply: what the client is told, and nothing that only the operator should know.
 *
 * @source RFC 5321 §4.2 (reply code), RFC 3463 §2 (enhanced status code)
 */
export type Reply = {
  /** Three digits. The first one decides: 2 done, 4 try again, 5 give up. */
  readonly code: number;
  /** `class.subject.detail`; the class is always the first digit of `code`. */
  readonly status: `${Outcome}.${StatusDetail}`;
  /** One line of printable text, at most 480 octets; no cause, no path, no address. */
  readonly text: string;
};

type Outcome = 2 | 4 | 5;

/** `subject.detail` alone: the class comes from the reply code, so the two cannot disagree. */
export type StatusDetail = `${number}.${number}`;

/**
 * Makes a reply.
 *
 * @throws RangeError when `code` is not 2yz, 4yz or 5yz
 */
export function reply(code: number, detail: StatusDetail, text: string): Reply {
  return { code, status: `${outcomeOf(code)}.${detail}`, text };
}

function outcomeOf(code: number): Outcome {
  const digit = Math.floor(code / 100);
  if (digit === 2 || digit === 4 || digit === 5) return digit;
  throw new RangeError(`${code} is not an SMTP reply code that carries an enhanced status`);
}
