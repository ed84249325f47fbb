import { printable, styled, type Style, type Terminal } from './terminal.ts';

/** What stands in a table: text, and how it stands out where there are colours. */
export type Cell = string | { readonly text: string; readonly style: Style };

export type Column = {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Takes the room the others leave and breaks its text over lines; at most one. */
  readonly wraps?: boolean;
};

const gap = '  ';
/** A column that wraps never becomes narrower. */
const narrowest = 24;

/**
 * Lays out rows in aligned columns under their titles.
 *
 * @returns lines, each with its line end; text is made printable
 */
export function formatTable(
  terminal: Terminal,
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
): string {
  const plain = rows.map((row) => columns.map((_, at) => printable(textOf(row[at] ?? ''))));
  const widths = widthsOf(terminal, columns, plain);
  const title = columns.map((column, at) => pad(column.title, widths[at] ?? 0, column));
  const lines = rows.flatMap((row, at) => linesOf(terminal, columns, widths, { row, plain: plain[at] ?? [] }));
  const head = columns.some((column) => column.title !== '')
    ? [styled(terminal, 'bold', title.join(gap).trimEnd())]
    : [];
  return [...head, ...lines].map((line) => `${line}\n`).join('');
}

function widthsOf(terminal: Terminal, columns: readonly Column[], plain: readonly (readonly string[])[]): number[] {
  const widths = columns.map(({ title }, at) => Math.max(title.length, ...plain.map((row) => row[at]?.length ?? 0)));
  const wrapping = columns.findIndex(({ wraps }) => wraps);
  if (wrapping === -1) return widths;
  const others = widths.reduce((sum, width, at) => sum + (at === wrapping ? 0 : width + gap.length), 0);
  const room = Math.max(narrowest, terminal.columns - others);
  return widths.map((width, at) => (at === wrapping ? Math.min(width, room) : width));
}

type Row = { readonly row: readonly Cell[]; readonly plain: readonly string[] };

function linesOf(
  terminal: Terminal,
  columns: readonly Column[],
  widths: readonly number[],
  { row, plain }: Row,
): readonly string[] {
  const texts = plain.map((text, at) => (columns[at]?.wraps ? wrap(text, widths[at] ?? 0) : [text]));
  const height = Math.max(1, ...texts.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => {
    const cells = columns.map((column, at) => {
      const padded = pad(texts[at]?.[line] ?? '', widths[at] ?? 0, column);
      const cell = row[at];
      return typeof cell === 'object' ? styled(terminal, cell.style, padded) : padded;
    });
    return cells.join(gap).trimEnd();
  });
}

function pad(text: string, width: number, { align }: Column): string {
  return align === 'right' ? text.padStart(width) : text.padEnd(width);
}

/** Breaks at spaces; a word longer than the line is broken where the line ends. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (let rest = text; rest !== '';) {
    const space = rest.length <= width ? rest.length : rest.lastIndexOf(' ', width);
    const end = space <= 0 ? width : space;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return lines;
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text;
}
