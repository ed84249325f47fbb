/** Whether an address fits a pattern: `*` stands for anything, also nothing; case is ignored. No backtracking. */
function isLike(address: string, pattern: string): boolean {
  const text = address.toLowerCase();
  const [first = '', ...others] = pattern.toLowerCase().split('*');
  const last = others.pop();
  if (last === undefined) return text === first;
  const end = text.length - last.length;
  if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const piece of others) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= end;
}

export const isLikeAny = (address: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => isLike(address, pattern));
