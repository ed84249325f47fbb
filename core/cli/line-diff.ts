/** Lines that differ beyond this are shown as removed and added, without looking for what they share. */
const most = 2_000;

/**
 * What changed from one text to the other, line by line: `+` added, `-` removed, two lines of what stayed around it.
 *
 * @returns '' when nothing did
 */
export function diffLines(before: string, after: string): string {
  if (before === after) return '';
  const [old, now] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  const shortest = Math.min(old.length, now.length) - start;
  while (end < shortest && old[old.length - 1 - end] === now[now.length - 1 - end]) end += 1;
  const changed = compare(old.slice(start, old.length - end), now.slice(start, now.length - end));
  const above = old.slice(Math.max(0, start - 2), start).map((line) => `  ${line}`);
  const below = old.slice(old.length - end, old.length - end + 2).map((line) => `  ${line}`);
  return [...above, ...changed, ...below].join('\n').trimEnd();
}

/** The longest common lines stay; everything else goes or comes. */
function compare(old: readonly string[], now: readonly string[]): readonly string[] {
  if (old.length * now.length > most * most)
    return [...old.map((line) => `- ${line}`), ...now.map((line) => `+ ${line}`)];
  const width = now.length + 1;
  const shared = new Uint32Array((old.length + 1) * width);
  const at = (row: number, column: number): number => shared[row * width + column] ?? 0;
  for (let row = old.length - 1; row >= 0; row -= 1)
    for (let column = now.length - 1; column >= 0; column -= 1)
      shared[row * width + column] =
        old[row] === now[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));

  const lines: string[] = [];
  let [row, column] = [0, 0];
  while (row < old.length || column < now.length) {
    if (row < old.length && old[row] === now[column]) {
      lines.push(`  ${old[row]}`);
      row += 1;
      column += 1;
    } else if (column < now.length && (row === old.length || at(row, column + 1) > at(row + 1, column))) {
      lines.push(`+ ${now[column]}`);
      column += 1;
    } else {
      lines.push(`- ${old[row]}`);
      row += 1;
    }
  }
  return lines;
}
