import type { Parameterised, Raw } from './parameters.ts';

type Piece = { readonly value: string; readonly encoded: boolean };
type Joined = Pick<Parameterised, 'parameters' | 'decoded'>;

/**
 * Joins what was written in pieces: `name*0*=utf-8''a%20b; name*1=c` → `name` = `a bc`.
 *
 * @source RFC 2231 §3, §4
 */
export function joinContinuations(raw: readonly Raw[]): Joined {
  const parameters = new Map<string, string>();
  const pieces = new Map<string, Map<number, Piece>>();
  for (const { name, value } of raw) {
    if (!name.includes('*')) {
      if (!parameters.has(name)) parameters.set(name, value);
      continue;
    }
    const [base = '', ...rest] = name.split('*');
    const order = /^\d{1,3}$/.test(rest[0] ?? '') ? Number(rest[0]) : 0;
    const list = pieces.get(base) ?? new Map<number, Piece>();
    if (!list.has(order)) list.set(order, { value, encoded: rest.at(-1) === '' });
    pieces.set(base, list);
  }
  const decoded = new Set<string>();
  for (const [base, list] of pieces) {
    if (parameters.has(base)) continue;
    const { octets, charset } = joinPieces(list);
    const text = charset === null ? null : decodeLabel(octets, charset);
    parameters.set(base, text ?? octets);
    if (text !== null) decoded.add(base);
  }
  return { parameters, decoded };
}

function joinPieces(list: ReadonlyMap<number, Piece>): { readonly octets: string; readonly charset: string | null } {
  let charset: string | null = null;
  let octets = '';
  for (let order = 0; list.has(order); order += 1) {
    const { value, encoded } = list.get(order) ?? { value: '', encoded: false };
    const quotes = order === 0 && encoded ? value.split("'") : [];
    if (quotes.length > 2) charset = quotes[0] || null;
    octets += encoded ? decodePercents(quotes.length > 2 ? quotes.slice(2).join("'") : value) : value;
  }
  return { octets, charset };
}

const decodePercents = (text: string): string =>
  text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** @returns null when nobody knows the charset (RFC 2231 does not say what to do) */
function decodeLabel(octets: string, charset: string): string | null {
  try {
    return new TextDecoder(charset).decode(Buffer.from(octets, 'latin1'));
  } catch {
    return null;
  }
}
