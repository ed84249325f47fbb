import { styleText } from 'node:util';

/** Where a command writes. */
export type Terminal = {
  /** What was asked for; octets go out as they are. */
  out(text: string | Uint8Array): void;
  /** What went wrong. */
  err(text: string): void;
  /** Whether a person looks at it: then colours, and nothing that could move the cursor. */
  readonly isTty: boolean;
  /** Characters in a line. */
  readonly columns: number;
};

export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green';

/** The terminal of this process. A reader that goes away (`sluice trace … | head`) is no error. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  stdout.on('error', (cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EPIPE') throw cause;
  });
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    isTty: stdout.isTTY,
    columns: stdout.isTTY ? stdout.columns : 160,
  };
}

/** Colours text where a person looks at it and has not asked for none (NO_COLOR). */
export function styled(terminal: Terminal, style: Style, text: string): string {
  return terminal.isTty ? styleText(style, text, { validateStream: true, stream: process.stdout }) : text;
}

/** Text from outside (addresses, replies) without what could steer a terminal: one line, control characters shown as `·`. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what it is about
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '·');
}
