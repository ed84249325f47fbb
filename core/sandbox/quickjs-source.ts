const loop = /^([ \t]*)for \((const|let|var) ([^\n]{1,1000}?) of (yield\b[^\n]{0,1000})\)( \{)?$/gm;

/**
 * QuickJS 2025-09-13 cannot compile `yield` in the head of a for-of loop (“stack underflow”), which liquidjs has: it
 * comes before the loop.
 *
 * LIMIT: only `for (const x of yield …) {` as the bundler writes it, on a line of its own and without a label; any other
 * place in the head is an error when the sink is loaded. In a template literal such a line would be changed as well.
 *
 * @param code of a bundle @returns the same with as many lines
 */
export function adaptToQuickJs(code: string): string {
  return code.replace(loop, '$1for (let $$of = $4, $$once = 0; $$once < 1; $$once++) for ($2 $3 of $$of)$5');
}
