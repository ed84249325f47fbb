import { isAddress } from '../events/address.ts';

type Reading = { text: string; angle: string | null; readonly found: string[]; isBad: boolean };

/**
 * The addresses in the value of From, To, Cc … : names, comments and groups left out. Reads every character once.
 *
 * @returns null when any of them is no address
 * @source RFC 5322 §3.4
 */
export function readAddresses(value: string): readonly string[] | null {
  const reading: Reading = { text: '', angle: null, found: [], isBad: false };
  for (let at = 0; at < value.length;) at = readNext(value, at, reading);
  finishOne(reading);
  return reading.isBad ? null : reading.found;
}

function readNext(value: string, at: number, reading: Reading): number {
  const character = value[at] ?? '';
  if (character === '"') return quote(reading, value, { from: at, to: endOf(value, at, '"') });
  if (character === '[') return quote(reading, value, { from: at, to: endOf(value, at, ']') });
  if (character === '(') return afterComment(value, at);
  if (character === ',' || character === ';') finishOne(reading);
  else if (character === ':') reading.text = '';
  else if (character === '<') {
    const end = endOf(value, at, '>');
    // A source route is read and not used (RFC 5321 §4.1.1.3).
    reading.angle = value.slice(at + 1, end - 1).replace(/^@[^:]*:/, '');
    return end;
  } else reading.text += character;
  return at + 1;
}

function quote(reading: Reading, value: string, { from, to }: { readonly from: number; readonly to: number }): number {
  reading.text += value.slice(from, to);
  return to;
}

/** Behind the closing character; a backslash takes the next character along. */
function endOf(value: string, from: number, close: string): number {
  for (let at = from + 1; at < value.length; at += 1) {
    if (value[at] === '\\') at += 1;
    else if (value[at] === close) return at + 1;
  }
  return value.length;
}

function afterComment(value: string, from: number): number {
  let depth = 0;
  for (let at = from; at < value.length; at += 1) {
    if (value[at] === '\\') at += 1;
    else if (value[at] === '(') depth += 1;
    else if (value[at] === ')' && (depth -= 1) === 0) return at + 1;
  }
  return value.length;
}

function finishOne(reading: Reading): void {
  const address = (reading.angle ?? reading.text).trim();
  const isEmpty = address === '' && reading.angle === null;
  if (!isEmpty && isAddress(address)) reading.found.push(address);
  else if (!isEmpty) reading.isBad = true;
  reading.text = '';
  reading.angle = null;
}
