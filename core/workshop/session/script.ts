/** One step of a dialogue: what the client sends, or a line the server must send. */
export type Step =
  | { readonly kind: 'send'; readonly text: string }
  | { readonly kind: 'expect'; readonly text: string; readonly number: number }
  | { readonly kind: 'closed'; readonly number: number };

/**
 * Reads a dialogue one can lay beside the RFC: `C:` a line the client sends, `S:` a line the server must send, in which
 * `…` stands for any text and `250*` for a whole reply of that code; `-- closed` the server closes; `#` a remark.
 * `C:` lines in a row leave together: that is pipelining.
 *
 * @throws SyntaxError for a line that is none of these
 */
export function readScript(script: string): readonly Step[] {
  const steps: Step[] = [];
  for (const [at, raw] of script.split('\n').entries()) {
    const line = raw.trim();
    const number = at + 1;
    const rest = line.slice(2).replace(/^ /, '');
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('C:')) send(steps, `${rest}\r\n`);
    else if (line.startsWith('S:')) steps.push({ kind: 'expect', text: rest, number });
    else if (/^-- *closed$/.test(line)) steps.push({ kind: 'closed', number });
    else throw new SyntaxError(`line ${number} is neither C: nor S: nor -- closed: ${line}`);
  }
  return steps;
}

function send(steps: Step[], text: string): void {
  const last = steps.at(-1);
  if (last?.kind === 'send') steps[steps.length - 1] = { kind: 'send', text: last.text + text };
  else steps.push({ kind: 'send', text });
}

/** Whether a line is what was expected. `more`: it is one, and the reply goes on. */
export function compare(line: string, expected: string): 'same' | 'other' | 'more' {
  const code = /^(\d{3})\*$/.exec(expected)?.[1];
  if (code !== undefined) return line.startsWith(`${code}-`) ? 'more' : line.startsWith(`${code} `) ? 'same' : 'other';
  const pieces = expected.split('…');
  if (pieces.length === 1) return line === expected ? 'same' : 'other';
  const [first = '', last = ''] = [pieces[0], pieces.at(-1)];
  if (line.length < first.length + last.length || !line.startsWith(first) || !line.endsWith(last)) return 'other';
  const inner = line.slice(first.length, line.length - last.length);
  let at = 0;
  for (const piece of pieces.slice(1, -1)) {
    const found = inner.indexOf(piece, at);
    if (found < 0) return 'other';
    at = found + piece.length;
  }
  return 'same';
}
