/** A xorshift: the same octets in every run. */
export function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Octets changed, cut out, doubled or set to what lengths and tags like least. */
export function mutate(octets: Buffer, random: (below: number) => number): Buffer {
  let changed = Buffer.from(octets);
  for (let count = 1 + random(4); count > 0; count -= 1) {
    const at = random(Math.max(1, changed.length));
    const size = 1 + random(40);
    const kind = random(5);
    if (kind === 0) changed[at] = random(256);
    else if (kind === 1) changed[at] = [0x80, 0xff, 0x00, 0x84, 0x1f, 0x24, 0x30][random(7)] ?? 0;
    else if (kind === 2) changed = Buffer.concat([changed.subarray(0, at), changed.subarray(at + size)]);
    else if (kind === 3) changed = Buffer.concat([changed.subarray(0, at + size), changed.subarray(at)]);
    else changed = changed.subarray(0, at);
  }
  return changed;
}
