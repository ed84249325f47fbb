/**
 * Compiles a pattern in which `*` stands for any text, also for none; case is ignored, everything else is literal.
 * One pass from left to right, each piece at its first place: no backtracking, whatever the pattern.
 */
export function compileWildcard(pattern: string): (text: string) => boolean {
  const pieces = pattern.toLowerCase().split('*');
  const [first = '', ...others] = pieces;
  const last = others.pop();
  if (last === undefined) return (text) => text.toLowerCase() === first;
  const inner = others.filter((piece) => piece !== '');

  return (given) => {
    const text = given.toLowerCase();
    const end = text.length - last.length;
    if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const piece of inner) {
      const found = text.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return at <= end;
  };
}
