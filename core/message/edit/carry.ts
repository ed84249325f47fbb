import { encodeBase64 } from '../base64.ts';
import { cutBase64 } from '../codings/base64.ts';
import { encodeQuotedPrintable } from '../codings/quoted-printable.ts';
import { spliceTransfer, type Insertion, type Splice, type Transfer } from '../codings/transfer.ts';
import type { Charset } from '../text/charset.ts';
import { isSafe } from './safe.ts';

/** A change of an encoded body, and the transfer encoding it is in afterwards. */
export type Carried = { readonly splice: Splice; readonly transfer: Transfer };

/** What is to be carried, and how the body is encoded now. */
export type Load = {
  readonly insertion: Insertion;
  readonly transfer: Transfer;
  readonly boundaries: readonly string[];
  readonly charset: Charset;
  /** Whether the encoded octets stand for the content still: not after a change of charset. */
  readonly mayStay: boolean;
};

/**
 * Puts an insertion into an encoded body: in place where its transfer encoding can carry it, else the whole body in
 * quoted-printable.
 *
 * @returns null when the body is too damaged
 */
export function carry(raw: Buffer, { insertion, transfer, boundaries, charset, mayStay }: Load): Carried | null {
  const { content, offset, octets, lineEnd } = insertion;
  if (mayStay) {
    const splice = spliceTransfer(raw, transfer, insertion);
    if (!splice || isSafe(raw, splice, { transfer, boundaries })) return splice && { splice, transfer };
  }
  if (transfer === 'base64' && !cutBase64(raw, 0)) return null;
  const whole = Buffer.concat([content.octets.subarray(0, offset), octets, content.octets.subarray(offset)]);
  for (const carried of encodings(whole, { transfer, lineEnd, isText: charset.layout !== 'utf-16' })) {
    const splice = { at: 0, removed: raw.length, octets: carried.octets };
    if (isSafe(raw, splice, { transfer: carried.transfer, boundaries })) return { splice, transfer: carried.transfer };
  }
  return null;
}

type Wish = { readonly transfer: Transfer; readonly lineEnd: string; readonly isText: boolean };

/** Encodings of a whole body, the nearest to the one it has first. */
function* encodings(
  whole: Buffer,
  { transfer, lineEnd, isText }: Wish,
): Generator<{ readonly transfer: Transfer; readonly octets: Buffer }> {
  if (transfer === '8bit' || transfer === 'binary') yield { transfer, octets: whole };
  if (transfer !== 'base64' && isText) {
    yield { transfer: 'quoted-printable', octets: encodeQuotedPrintable(whole, { lineEnd }) };
    yield { transfer: 'quoted-printable', octets: encodeQuotedPrintable(whole, { lineEnd, dashes: true }) };
  }
  yield { transfer: 'base64', octets: encodeBase64(whole, lineEnd) };
}
