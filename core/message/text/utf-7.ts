/** 64 + 1 values by character code: what a character of modified base64 stands for, -1 for none. */
const values = Int8Array.from({ length: 128 }, (_, code) =>
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.indexOf(String.fromCharCode(code)),
);
const plus = 0x2b;
const minus = 0x2d;
/** Units collected before they become a string. */
const batch = 8192;

/**
 * Decodes UTF-7. iconv-lite does it too, a hundred times slower where runs are short: 25 MB of them take minutes.
 * Octets beyond ASCII become U+FFFD; bits left over at the end of a run are dropped.
 *
 * @source RFC 2152
 */
export function decodeUtf7(octets: Uint8Array): string {
  const units = new Uint16Array(batch);
  const pieces: string[] = [];
  let count = 0;
  const put = (unit: number): void => {
    units[count++] = unit;
    if (count < batch) return;
    pieces.push(String.fromCharCode(...units));
    count = 0;
  };
  for (let at = 0; at < octets.length; at += 1) {
    const code = octets[at] ?? 0;
    if (code !== plus) put(code < 0x80 ? code : 0xfffd);
    else if (octets[at + 1] === minus) {
      put(plus);
      at += 1;
    } else at = decodeRun(octets, at + 1, put);
  }
  pieces.push(String.fromCharCode(...units.subarray(0, count)));
  return pieces.join('');
}

/** @returns the last octet of the run: the `-` that ends it, or the one before what ends it otherwise */
function decodeRun(octets: Uint8Array, from: number, put: (unit: number) => void): number {
  let bits = 0;
  let held = 0;
  for (let at = from; at < octets.length; at += 1) {
    const value = values[octets[at] ?? 0] ?? -1;
    if (value < 0) return octets[at] === minus ? at : at - 1;
    bits = ((bits << 6) | value) & 0xffffff;
    held += 6;
    if (held < 16) continue;
    held -= 16;
    put((bits >> held) & 0xffff);
  }
  return octets.length;
}
