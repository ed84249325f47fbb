/** One command line without its CRLF, or word that a line was too long (and was thrown away to its end). */
export type Line = { readonly kind: 'line'; readonly text: string } | { readonly kind: 'too-long' };

/** Octets in a command line, CRLF included (RFC 2449 §4). */
export const longestLine = 255;

/** A response to a SASL challenge (RFC 4954 §4, which RFC 5034 §4 follows). */
export const longestResponse = 12_290;

const lf = 0x0a;

/**
 * Cuts what a client sends into command lines, in order, however they are packed into segments (pipelining,
 * RFC 2449 §6.8). Keeps at most one line of `limit` octets, {@link longestLine} unless said otherwise; the chunks themselves are asked for only when
 * the line before has been answered, so a client that floods is held back by TCP.
 *
 * A line may end in a bare LF: commands carry no content that this could smuggle.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  limit: () => number = () => longestLine,
): AsyncGenerator<Line> {
  let kept = Buffer.alloc(0);
  let skips = false;
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(lf); at >= 0; at = chunk.indexOf(lf, from)) {
      const isLong = skips || kept.length + at + 1 - from > limit();
      yield isLong ? { kind: 'too-long' } : { kind: 'line', text: textOf(kept, chunk.subarray(from, at)) };
      kept = Buffer.alloc(0);
      skips = false;
      from = at + 1;
    }
    skips ||= kept.length + chunk.length - from > limit();
    kept = skips ? Buffer.alloc(0) : Buffer.concat([kept, chunk.subarray(from)]);
  }
}

function textOf(start: Uint8Array, end: Uint8Array): string {
  const line = start.length === 0 ? Buffer.from(end) : Buffer.concat([start, end]);
  return line.toString('utf8').replace(/\r$/, '');
}
