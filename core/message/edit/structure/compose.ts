import type { Change } from '../outcome.ts';

type Span = { readonly part: string; from: number; to: number; first: number; second: number };

/**
 * The changes of two edits as one: counted in the message as the first of them found it.
 *
 * @param first in the message as it was
 * @param second in the message as the first left it
 */
export function composeChanges(first: readonly Change[], second: readonly Change[]): readonly Change[] {
  let shift = 0;
  const early = [...first]
    .sort((a, b) => a.at - b.at)
    .map(({ part, at, added, removed }): Span => {
      const from = at + shift;
      shift += added - removed;
      return { part, from, to: from + added, first: added - removed, second: 0 };
    });
  const late = second.map(({ part, at, added, removed }): Span => ({
    part,
    from: at,
    to: at + removed,
    first: 0,
    second: added - removed,
  }));
  const changes: Change[] = [];
  let moved = 0;
  for (const { part, from, to, first: grown, second: grows } of merge([...early, ...late])) {
    const size = to - from;
    changes.push({ part, at: from - moved, removed: size - grown, added: size + grows });
    moved += grown;
  }
  return changes;
}

/** Spans that touch become one. */
function merge(spans: readonly Span[]): readonly Span[] {
  const merged: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from || a.to - b.to)) {
    const last = merged.at(-1);
    if (!last || span.from > last.to) {
      merged.push({ ...span });
      continue;
    }
    last.to = Math.max(last.to, span.to);
    last.first += span.first;
    last.second += span.second;
  }
  return merged;
}
