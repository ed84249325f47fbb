/**
 * Splits what a server sends into replies, and calls `take` once for each, with the text of its last line.
 * Cheap: no copy unless a line is cut by a chunk's end.
 */
export function readReplies(take: (code: number, text: string) => void): (chunk: Buffer) => void {
  let cut = '';
  return (chunk) => {
    const text = cut + chunk.toString('latin1');
    let from = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
      const isLast = text[from + 3] !== '-';
      if (isLast) take(Number(text.slice(from, from + 3)), text.slice(from, at).trimEnd());
      from = at + 1;
    }
    cut = text.slice(from);
  };
}
