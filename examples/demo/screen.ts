import { styleText } from 'node:util';
import { diffLines } from 'diff';

/** What the demo says, and whether all of it turned out true. */
export type Screen = {
  title(text: string): void;
  line(text?: string): void;
  /** Says something and remembers whether it is true. */
  check(claim: string, isTrue: boolean, found?: string): void;
  /** Before and after, as a diff: what was added is green, what was removed is red, the rest is left out. */
  diff(before: string, after: string): void;
  /** The claims that did not hold. */
  readonly broken: readonly string[];
  readonly checked: number;
};

/** Lines of unchanged text shown around a change, and how few more are not worth hiding. */
const context = 2;
const few = 5;

/** Writes to standard output; in colour on a terminal, unless NO_COLOR is set. */
export function createScreen(write: (text: string) => void): Screen {
  const broken: string[] = [];
  let checked = 0;
  const line = (text = ''): void => write(`${text}\n`);
  return {
    broken,
    get checked() {
      return checked;
    },
    line,
    title: (text) => line(`\n${styleText('bold', text)}`),
    check(claim, isTrue, found) {
      checked += 1;
      if (!isTrue) broken.push(found === undefined ? claim : `${claim} (found: ${found})`);
      line(`   ${isTrue ? styleText('green', '✓') : styleText('red', '✗')} ${claim}`);
    },
    diff(before, after) {
      for (const part of diffOf(before, after)) line(`   ${part}`);
    },
  };
}

/** Quiet text: what a reader may skip. */
export const faint = (text: string): string => styleText('dim', text);

function diffOf(before: string, after: string): readonly string[] {
  const changes = diffLines(before, after);
  return changes.flatMap(({ value, added, removed }, at) => {
    const lines = value
      .replace(/\r?\n$/, '')
      .split(/\r?\n/)
      .map(visible);
    if (added) return lines.map((text) => styleText('green', `  + ${text}`));
    if (removed) return lines.map((text) => styleText('red', `  - ${text}`));
    return around(lines, at > 0, at < changes.length - 1).map((text) => faint(`    ${text}`));
  });
}

/** The lines next to a change; what lies further away is counted. */
function around(lines: readonly string[], isAfter: boolean, isBefore: boolean): readonly string[] {
  const first = isAfter ? context : 0;
  const last = isBefore ? context : 0;
  const hidden = lines.length - first - last;
  if (hidden <= few) return lines;
  const count = `⋮ ${hidden} lines as they were`;
  return [...lines.slice(0, first), count, ...lines.slice(lines.length - last)];
}

/** Mail may hold anything; a terminal gets only what can be seen, and long lines get cut. */
function visible(text: string): string {
  const plain = text.replaceAll('\t', '    ').replaceAll(/\p{Cc}/gu, '·');
  return plain.length > 110 ? `${plain.slice(0, 109)}…` : plain;
}
