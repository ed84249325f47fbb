/** How a text/plain part marks lines that belong together. */
export type Flow = { readonly delSp: boolean };

const width = 76;
const signature = '-- ';

/** @returns null unless `format=flowed` */
export function flowOf(parameters: ReadonlyMap<string, string>): Flow | null {
  if (parameters.get('format')?.toLowerCase().trim() !== 'flowed') return null;
  return { delSp: parameters.get('delsp')?.toLowerCase().trim() === 'yes' };
}

/**
 * Writes lines as flowed text: long ones softly broken, and stuffed with a space where they would mean something else.
 *
 * @source RFC 3676 §4.1, §4.2, §4.4
 */
export function formatFlowed(text: string, { delSp }: Flow): string {
  return text
    .split('\n')
    .map((line) => (line === signature ? line : breakSoftly(line.replace(/ {1,998}$/, ''), delSp)))
    .join('\n');
}

function breakSoftly(line: string, delSp: boolean): string {
  const lines: string[] = [];
  let current = '';
  for (const piece of line.match(/ +|[^ ]+/g) ?? []) {
    const isSpace = piece.startsWith(' ');
    if (!isSpace && current.trim() !== '' && current.endsWith(' ') && current.length + piece.length > width) {
      lines.push(delSp ? `${current} ` : current);
      current = '';
    }
    current += piece;
  }
  return [...lines, current].map(stuff).join('\n');
}

const stuff = (line: string): string =>
  line.startsWith(' ') || line.startsWith('>') || line.startsWith('From ') ? ` ${line}` : line;

/** Whether the line that ends at `end`, its line end before or at it, goes on in the next one. */
export function endsSoftly(text: string, end: number): boolean {
  let to = end;
  if (text[to - 1] === '\n') to -= text[to - 2] === '\r' ? 2 : 1;
  if (text[to - 1] !== ' ') return false;
  const from = text.lastIndexOf('\n', to - 1) + 1;
  let depth = from;
  while (text[depth] === '>') depth += 1;
  const line = text.slice(text[depth] === ' ' && depth > from ? depth + 1 : depth, to);
  return line !== signature && text.slice(depth, to) !== signature;
}

/**
 * Joins what was softly broken, as a reader shows it. Quote marks stay.
 *
 * @source RFC 3676 §4.4
 */
export function unflow(text: string, { delSp }: Flow): string {
  const out: string[] = [];
  let open: { readonly depth: number; readonly pieces: string[] } | null = null;
  for (const raw of text.split(/\r?\n/)) {
    let depth = 0;
    while (raw[depth] === '>') depth += 1;
    const line = raw.slice(raw[depth] === ' ' ? depth + 1 : depth);
    const soft = line.endsWith(' ') && line !== signature;
    const piece = soft && delSp ? line.slice(0, -1) : line;
    if (open && (open.depth !== depth || line === signature)) {
      out.push(open.pieces.join(''));
      open = null;
    }
    open ??= { depth, pieces: [depth > 0 ? `${'>'.repeat(depth)} ` : ''] };
    open.pieces.push(piece);
    if (soft) continue;
    out.push(open.pieces.join(''));
    open = null;
  }
  if (open) out.push(open.pieces.join(''));
  return out.join('\n');
}
