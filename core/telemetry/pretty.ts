const levels: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info ', 40: 'WARN ', 50: 'ERROR', 60: 'ERROR' };

/**
 * One JSON line of the log for a person at a terminal: `12:30:39 info  listening  address=127.0.0.1:2525`.
 *
 * @returns the line itself when it is no JSON; control characters never reach the terminal
 */
export function prettyLine(line: string): string {
  const entry = read(line);
  if (entry === null) return line;
  const { level, time, msg, ...values } = entry;
  const shown = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  const stack = shown.flatMap(([, value]) => stacksOf(value)).map((text) => `\n${indented(text)}`);
  const head = `${String(time).slice(11, 19)} ${levels[Number(level)] ?? String(level)} ${String(msg)}`;
  const tail = shown.map(([name, value]) => `  ${name}=${short(value)}`).join('');
  return `${printable(head + tail).replaceAll('\n', ' ')}${stack.map(printable).join('')}\n`;
}

function read(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}

function short(value: unknown): string {
  if (typeof value === 'string') return /[\s=]/.test(value) ? JSON.stringify(value) : value;
  return JSON.stringify(value, (key, inner: unknown) => (key === 'stack' ? undefined : inner));
}

/** The stack of an error and of what caused it. */
function stacksOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = 'stack' in value && typeof value.stack === 'string' ? [value.stack] : [];
  return 'cause' in value ? [...own, ...stacksOf(value.cause)] : own;
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '    ');
}

function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what it is about
  return text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '\ufffd');
}
