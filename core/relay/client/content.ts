const cr = 0x0d;
const lf = 0x0a;
const dot = 0x2e;
const dots = Buffer.from('.');
const end = Buffer.from('.\r\n');
const crlfEnd = Buffer.from('\r\n.\r\n');

/**
 * The octets of DATA: lines end in CRLF and in nothing else, a leading dot is doubled, the end is CRLF.CRLF. A bare CR
 * or LF cannot leave here, whatever wrote it: what a careless receiver takes for a line end is one (CVE-2023-51764).
 *
 * @source RFC 5321 §2.3.8, §4.5.2
 */
export function encodeData(octets: Uint8Array): Buffer {
  const content = withLines(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength));
  const pieces: Buffer[] = content[0] === dot ? [dots] : [];
  let from = 0;
  for (let at = content.indexOf('\n.'); at >= 0; at = content.indexOf('\n.', at + 1)) {
    pieces.push(content.subarray(from, at + 1), dots);
    from = at + 1;
  }
  pieces.push(content.subarray(from), content.length === 0 || content.at(-1) === lf ? end : crlfEnd);
  return Buffer.concat(pieces);
}

/** The same octets when every CR and LF is part of a CRLF, which almost all mail is. */
function withLines(content: Buffer): Buffer {
  const isBare =
    someAt(content, lf, (at) => content[at - 1] !== cr) || someAt(content, cr, (at) => content[at + 1] !== lf);
  return isBare ? Buffer.from(content.toString('latin1').replaceAll(/\r\n|\r|\n/g, '\r\n'), 'latin1') : content;
}

function someAt(content: Buffer, octet: number, isIt: (at: number) => boolean): boolean {
  for (let at = content.indexOf(octet); at >= 0; at = content.indexOf(octet, at + 1)) if (isIt(at)) return true;
  return false;
}

/** Whether any octet is above 127: then BODY=8BITMIME has to be said (RFC 6152). */
export function is8bit(octets: Uint8Array): boolean {
  return octets.some((octet) => octet > 0x7f);
}
