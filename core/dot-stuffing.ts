const lf = 0x0a;
const cr = 0x0d;
const dot = 0x2e;
const crlf = Buffer.from('\r\n');

/** Octets of a piece at most, before dots are put in. */
const block = 64 * 1024;

/** What becomes of a CR or LF alone: it stays what it is, or becomes CRLF. */
export type LineEnds = 'kept' | 'crlf';

/**
 * The lines of a message as SMTP and POP3 send them: one more dot before each line that begins with one, a line end at
 * the end where it is missing. What comes after the last line, a dot alone, is the caller's.
 *
 * A dot after a bare line end is doubled too: who takes LF for the end of a line would take `LF . LF` for the end of all
 * (CVE-2023-51764).
 *
 * @returns pieces small enough to send one at a time; views of the octets wherever nothing is to be changed
 * @source RFC 5321 §4.5.2, RFC 1939 §3
 */
export function* dotStuffed(octets: Uint8Array, lineEnds: LineEnds): Generator<Uint8Array> {
  const isStrict = lineEnds === 'crlf';
  for (let from = 0; from < octets.length; from += block) {
    const to = Math.min(octets.length, from + block);
    yield findChange(octets, from, to, isStrict) < 0 ? octets.subarray(from, to) : changed(octets, from, to, isStrict);
  }
  if (octets.length > 0 && !endsLine(octets, isStrict)) yield crlf;
}

function endsLine(octets: Uint8Array, isStrict: boolean): boolean {
  const last = octets.at(-1);
  return isStrict ? last === lf || last === cr : last === lf && octets.at(-2) === cr;
}

/** @returns the index of the first octet that is not sent as it is; -1 when there is none */
function findChange(octets: Uint8Array, from: number, to: number, isStrict: boolean): number {
  for (let at = from; at < to; at++) {
    const octet = octets[at] ?? 0;
    // Nearly all octets: nothing above a dot means anything here.
    if (octet <= dot && isChanged(octets, at, octet, isStrict)) return at;
  }
  return -1;
}

function isChanged(octets: Uint8Array, at: number, octet: number, isStrict: boolean): boolean {
  if (octet === dot) {
    const before = at === 0 ? lf : octets[at - 1];
    return before === lf || (isStrict && before === cr);
  }
  if (!isStrict) return false;
  return (octet === lf && octets[at - 1] !== cr) || (octet === cr && octets[at + 1] !== lf);
}

function changed(octets: Uint8Array, from: number, to: number, isStrict: boolean): Uint8Array {
  const out = new Uint8Array(2 * (to - from));
  let length = 0;
  for (let at = from; at < to; at++) {
    const octet = octets[at] ?? 0;
    const isOther = octet <= dot && isChanged(octets, at, octet, isStrict);
    if (isOther) out[length++] = octet === dot ? dot : cr;
    out[length++] = isOther && octet !== dot ? lf : octet;
  }
  return out.subarray(0, length);
}
