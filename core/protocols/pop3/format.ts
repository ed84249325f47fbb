import type { Response } from './response.ts';

const lf = 0x0a;
const cr = 0x0d;
const dot = 0x2e;
const crlf = Buffer.from('\r\n');
const stuffed = Buffer.from('.');

/** The first line of a response may have 512 octets, CRLF included (RFC 2449 §4). */
const longestFirstLine = 512;

/**
 * The octets of a response in the order they go out. A message comes in pieces that share its memory, so that the
 * largest one costs nothing more than itself.
 *
 * @source RFC 1939 §3
 */
export function* format(response: Response): Generator<Uint8Array> {
  yield firstLine(response);
  if (response.kind === 'listing') yield Buffer.from(response.lines.map((line) => `${dotted(line)}\r\n`).join(''));
  if (response.kind === 'message') yield* stuff(response.octets);
  if (response.kind === 'listing' || response.kind === 'message') yield Buffer.from('.\r\n');
}

/** Text from a sink or a name from a client must not become a second line. */
function firstLine(response: Response): Uint8Array {
  const indicator = response.kind === 'err' ? '-ERR' : '+OK';
  const code = response.kind === 'err' && response.code !== null ? `[${response.code}] ` : '';
  const text = response.text.replaceAll(/[^\x20-\x7e]/g, '?');
  return Buffer.from(`${`${indicator} ${code}${text}`.trimEnd().slice(0, longestFirstLine - 2)}\r\n`, 'latin1');
}

const dotted = (line: string): string => (line.startsWith('.') ? `.${line}` : line);

/**
 * Dot-stuffs a message: one more dot before each line that begins with one, CRLF at the end when it is missing.
 *
 * A dot after a bare LF is stuffed too: some clients take LF for the end of a line, and for them `LF . LF` in the
 * middle of a message would be the end of the response and the rest of it commands' responses.
 *
 * @source RFC 1939 §3 (multi-line responses)
 */
export function* stuff(octets: Uint8Array): Generator<Uint8Array> {
  let from = 0;
  for (let at = octets[0] === dot ? 0 : nextDot(octets, 0); at >= 0; at = nextDot(octets, at)) {
    if (at > from) yield octets.subarray(from, at);
    yield stuffed;
    from = at;
  }
  if (from < octets.length) yield octets.subarray(from);
  if (octets.length > 0 && !(octets.at(-2) === cr && octets.at(-1) === lf)) yield crlf;
}

/** @returns where the next line that begins with a dot begins; -1 when there is none */
function nextDot(octets: Uint8Array, from: number): number {
  for (let at = octets.indexOf(lf, from); at >= 0; at = octets.indexOf(lf, at + 1)) {
    if (octets[at + 1] === dot) return at + 1;
  }
  return -1;
}

/**
 * The header section, the empty line after it and the first lines of the body; all of it when there is no more.
 *
 * @param lines how many lines of the body, 0 for none
 * @returns a view of the same memory
 * @source RFC 1939 §7 (TOP)
 */
export function topOf(octets: Uint8Array, lines: number): Uint8Array {
  let left: number | null = null; // null until the empty line was seen
  let from = 0;
  for (let at = octets.indexOf(lf); at >= 0; at = octets.indexOf(lf, from)) {
    const isEmpty = at === from || (at === from + 1 && octets[from] === cr);
    from = at + 1;
    if (left !== null) left -= 1;
    else if (isEmpty) left = lines;
    if (left === 0) return octets.subarray(0, from);
  }
  return octets;
}
