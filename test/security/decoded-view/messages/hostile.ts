/** Messages by name, as large as wanted: what is told, octet for octet, CRLF at line ends. */
export type Hostile = Readonly<Record<string, (size: number) => Buffer>>;

/** A message of one part: Content-* fields, and octets repeated to the size. */
export function single(fields: string, piece: string | Buffer, size: number): Buffer {
  return Buffer.concat([head(fields), fill(piece, size), Buffer.from('\r\n')]);
}

/** Fields of a message, and the empty line. */
export const head = (fields: string): Buffer =>
  Buffer.from(`From: mallory@client.test\r\nMIME-Version: 1.0\r\n${fields}\r\n\r\n`, 'latin1');

/** So many octets of it, whole pieces. */
export function fill(piece: string | Buffer, size: number): Buffer {
  const octets = typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece;
  return Buffer.alloc(Math.max(1, Math.floor(size / octets.length)) * octets.length, octets);
}

/** Base64 in lines of 76. */
export const base64 = (octets: Buffer): Buffer =>
  Buffer.from(octets.toString('base64').replaceAll(/.{76}/g, '$&\r\n'), 'latin1');
