const lf = 0x0a;
const cr = 0x0d;
/** Octets of a header that go back in a report: enough to know the message by. */
const longestHeader = 64 * 1024;

/**
 * The header section of a message as the body of a text/rfc822-headers part: whole lines, each with its CRLF, of a
 * header that is very long only the beginning. NUL and CR or LF that are no line end become `?`: a report must be a
 * message others take.
 *
 * @source RFC 6522 §4
 */
export function headerOf(octets: Uint8Array): Uint8Array {
  const header = Uint8Array.from(octets.subarray(0, endOfHeader(octets)));
  for (const [at, octet] of header.entries()) {
    const isStray = octet === 0 || (octet === cr && header[at + 1] !== lf) || (octet === lf && header[at - 1] !== cr);
    if (isStray) header[at] = 0x3f;
  }
  return header;
}

/** Where the last line that fits ends, CRLF included, without the empty line. */
function endOfHeader(octets: Uint8Array): number {
  let end = 0;
  for (let at = octets.indexOf(lf); at >= 0 && at < longestHeader; at = octets.indexOf(lf, at + 1)) {
    if (octets[at - 1] !== cr) continue;
    if (at === end + 1) return end;
    end = at + 1;
  }
  return end;
}
