/** One block of a PEM file. */
export type PemBlock = {
  /** Between `-----BEGIN ` and `-----`. */
  readonly label: string;
  /** What the base64 between the lines stands for; nonsense when the block has headers. */
  readonly octets: Buffer;
  /** All of it, with its first and last line. */
  readonly text: string;
};

/** The blocks of a PEM file, in order; what stands around them is passed over. @source RFC 7468 §2 */
export function parsePem(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = [];
  for (let at = text.indexOf('-----BEGIN '); at >= 0; at = text.indexOf('-----BEGIN ', at + 1)) {
    const from = text.indexOf('-----', at + 11);
    const label = text.slice(at + 11, from);
    const last = `-----END ${label}-----`;
    const to = text.indexOf(last, from);
    if (from < 0 || to < 0 || label.length > 64) break;
    const octets = Buffer.from(text.slice(from + 5, to), 'base64');
    blocks.push({ label, octets, text: `${text.slice(at, to)}${last}\n` });
    at = to;
  }
  return blocks;
}

/** The other way. */
export const formatPem = (label: string, octets: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(octets)
    .toString('base64')
    .replaceAll(/.{64}(?=.)/g, '$&\n')}\n-----END ${label}-----\n`;
