import type { NewPart } from '../../../../sdk/edits.ts';
import { encodeBase64 } from '../../base64.ts';
import { encodeQuotedPrintable } from '../../codings/quoted-printable.ts';
import type { Transfer } from '../../codings/transfer.ts';
import type { HeaderLine } from '../../fields.ts';
import { findCharset } from '../../text/charset.ts';
import { isSafe } from '../safe.ts';
import { writeParameter } from './parameter.ts';

/** A part ready to be put in: its Content-* fields and its encoded body. */
export type Written = { readonly kind: 'written'; readonly lines: readonly HeaderLine[]; readonly body: Buffer };
type Bad = { readonly kind: 'bad'; readonly reason: string };

/** Where a part goes. */
export type Place = {
  readonly lineEnd: string;
  /** Boundaries that lines of the body must not begin with. */
  readonly boundaries: readonly string[];
};

const token = /^[A-Za-z0-9][\w!#$&^.+-]{0,126}$/;

/**
 * Writes a part. What it is said to be is checked again here: nothing of it can end a field or begin another one.
 *
 * LIMIT: no multipart and no message: those are made by adding parts.
 *
 * @param id its Content-ID without angle brackets; null for none
 * @source RFC 2045 §5, §6, RFC 2183
 */
export function writePart(part: NewPart, place: Place, id: string | null = null): Written | Bad {
  const { type, charset, disposition, filename } = part;
  const names = type.split('/');
  if (names.length !== 2 || !names.every((name) => token.test(name))) return bad('its type is no media type');
  if (/^(?:multipart|message)\//i.test(type)) return bad(`a part of type ${type} cannot be made`);
  if (charset !== null && !token.test(charset)) return bad('its charset is no name of one');
  if (filename !== null && /[\p{Cc}\u2028\u2029]/u.test(filename)) return bad('its file name has control characters');
  const encoded = encodeContent(part, place);
  if (encoded.kind === 'bad') return encoded;
  const { lineEnd } = place;
  const named = encoded.charset === null ? '' : `; charset=${encoded.charset}`;
  const file = filename === null ? '' : writeParameter('filename', filename, lineEnd);
  const line = (name: string, value: string): HeaderLine => writeLine(name, value, lineEnd);
  const lines = [
    line('Content-Type', `${type}${named}`),
    line('Content-Transfer-Encoding', encoded.transfer),
    line('Content-Disposition', `${disposition}${file}`),
    ...(id === null ? [] : [line('Content-ID', `<${id}>`)]),
  ];
  return { kind: 'written', lines, body: encoded.body };
}

/** One field; the value is ASCII and folded already. */
export const writeLine = (name: string, value: string, lineEnd: string): HeaderLine => ({
  name,
  octets: Buffer.from(`${name}: ${value}${lineEnd}`, 'latin1'),
});

/** The octets between two delimiter lines. */
export const entityOf = ({ lines, body }: Written, lineEnd: string): Buffer =>
  Buffer.concat([...lines.map(({ octets }) => octets), Buffer.from(lineEnd), body]);

const bad = (reason: string): Bad => ({ kind: 'bad', reason });

type Encoded = {
  readonly kind: 'encoded';
  readonly charset: string | null;
  readonly transfer: Transfer;
  readonly body: Buffer;
};

function encodeContent({ type, content, charset }: NewPart, place: Place): Encoded | Bad {
  const isText = /^text\//i.test(type);
  const { lineEnd } = place;
  if (content.kind === 'octets') {
    if (!isBase64(content.base64)) return bad('its octets are no base64');
    const body = encodeBase64(Buffer.from(content.base64, 'base64'), lineEnd);
    return { kind: 'encoded', charset: isText ? charset : null, transfer: 'base64', body };
  }
  if (!isText) return bad(`text cannot be the content of ${type}`);
  const found = findCharset(charset ?? 'utf-8');
  if (!found || found.layout === 'foreign') return bad('its charset is not known');
  const octets = found.encode(cleanText(content.text, lineEnd));
  if (!octets) return bad(`its text does not fit charset ${found.name}`);
  const body = encodeText(octets, place, found.layout === 'utf-16');
  return { kind: 'encoded', charset: found.name, ...body };
}

/** One kind of line end, no control characters but the tab. */
const cleanText = (text: string, lineEnd: string): string =>
  text
    .toWellFormed()
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\P{Cc}\t\n]/gu, '')
    .replaceAll('\n', lineEnd);

/** As it is where every line may stand so; else in an encoding that lets it. */
function encodeText(
  octets: Buffer,
  { lineEnd, boundaries }: Place,
  isWide: boolean,
): Pick<Encoded, 'transfer' | 'body'> {
  const fits = (transfer: Transfer, body: Buffer): boolean =>
    isSafe(Buffer.alloc(0), { at: 0, removed: 0, octets: body }, { transfer, boundaries });
  if (isWide) return { transfer: 'base64', body: encodeBase64(octets, lineEnd) };
  if (fits('7bit', octets)) return { transfer: '7bit', body: octets };
  const plain = encodeQuotedPrintable(octets, { lineEnd });
  if (fits('quoted-printable', plain)) return { transfer: 'quoted-printable', body: plain };
  return { transfer: 'quoted-printable', body: encodeQuotedPrintable(octets, { lineEnd, dashes: true }) };
}

/** Whether a text is base64 without anything else, padding included (RFC 4648 §4). */
export function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}
