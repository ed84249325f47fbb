import { isAscii } from 'node:buffer';
import { dotStuffed } from '../../dot-stuffing.ts';

const end = Buffer.from('.\r\n');

/**
 * The octets of DATA: lines end in CRLF and in nothing else, a leading dot is doubled, the end is CRLF.CRLF. A bare CR
 * or LF cannot leave here, whatever wrote it: what a careless receiver takes for a line end is one (CVE-2023-51764).
 *
 * @returns pieces of at most 128 KB
 * @source RFC 5321 §2.3.8, §4.5.2
 */
export function* encodeData(octets: Uint8Array): Generator<Uint8Array> {
  yield* dotStuffed(octets, 'crlf');
  yield end;
}

/** Whether any octet is above 127: then BODY=8BITMIME has to be said (RFC 6152). */
export const is8bit = (octets: Uint8Array): boolean => !isAscii(octets);
