import { setImmediate as turn } from 'node:timers/promises';
import { dotStuffed } from '../../dot-stuffing.ts';
import type { Response } from './response.ts';

const lf = 0x0a;
const cr = 0x0d;

/** The first line of a response may have 512 octets, CRLF included (RFC 2449 §4). */
const longestFirstLine = 512;

/**
 * The octets of a response in the order they go out. A message comes in pieces that share its memory, so that the
 * largest one costs nothing more than itself.
 *
 * @source RFC 1939 §3
 */
export function* format(response: Response): Generator<Uint8Array> {
  if (response.kind === 'challenge') {
    yield Buffer.from(`+ ${Buffer.from(response.octets).toString('base64')}\r\n`);
    return;
  }
  yield firstLine(response);
  if (response.kind === 'listing') yield Buffer.from(response.lines.map((line) => `${dotted(line)}\r\n`).join(''));
  if (response.kind === 'message') yield* dotStuffed(response.octets, 'kept');
  if (response.kind === 'listing' || response.kind === 'message') yield Buffer.from('.\r\n');
}

/** Text from a sink or a name from a client must not become a second line. */
function firstLine(response: Exclude<Response, { kind: 'challenge' }>): Uint8Array {
  const indicator = response.kind === 'err' ? '-ERR' : '+OK';
  const code = response.kind === 'err' && response.code !== null ? `[${response.code}] ` : '';
  const text = response.text.replaceAll(/[^\x20-\x7e]/g, '?');
  return Buffer.from(`${`${indicator} ${code}${text}`.trimEnd().slice(0, longestFirstLine - 2)}\r\n`, 'latin1');
}

const dotted = (line: string): string => (line.startsWith('.') ? `.${line}` : line);

/** Lines passed over before the event loop may turn. */
const step = 8_192;

/**
 * The header section, the empty line after it and the first lines of the body; all of it when there is no more.
 *
 * @param lines how many lines of the body, 0 for none
 * @returns a view of the same memory
 * @source RFC 1939 §7 (TOP)
 */
export async function topOf(octets: Uint8Array, lines: number): Promise<Uint8Array> {
  let left: number | null = null; // null until the empty line was seen
  let from = 0;
  let passed = 0;
  for (let at = octets.indexOf(lf); at >= 0; at = octets.indexOf(lf, from)) {
    const isEmpty = at === from || (at === from + 1 && octets[from] === cr);
    from = at + 1;
    if (left !== null) left -= 1;
    else if (isEmpty) left = lines;
    if (left === 0) return octets.subarray(0, from);
    if ((passed += 1) % step === 0) await turn();
  }
  return octets;
}
