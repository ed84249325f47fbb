const received = Buffer.from('received:');
const lf = 0x0a;

/** How often a message was handed on: its Received fields (RFC 5321 §6.3). Reads the header only. */
export function countHops(octets: Uint8Array): number {
  let hops = 0;
  for (let start = 0; start < octets.length; start = nextLine(octets, start)) {
    if (octets[start] === lf || octets[start] === 0x0d) break;
    if (startsWith(octets, start)) hops += 1;
  }
  return hops;
}

function nextLine(octets: Uint8Array, from: number): number {
  const end = octets.indexOf(lf, from);
  return end < 0 ? octets.length : end + 1;
}

/** Without regard to the case of letters. */
const startsWith = (octets: Uint8Array, at: number): boolean =>
  received.every((letter, index) => ((octets[at + index] ?? 0) | 0x20) === (letter | 0x20));
