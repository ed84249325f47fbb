import { z } from 'zod';
import type { InlineImage, MediaType } from '../../../sdk/edits.ts';
import { isAddress } from '../address.ts';

/** CR, LF, NUL and all other control characters but the tab. */
const control = /[^\P{Cc}\t]/u;
const printable = /^[\x20-\x7e]*$/;

const checked = (is: (text: string) => boolean, message: string) => z.string().refine(is, message);

/** What goes to a client: SMTP without SMTPUTF8 is ASCII (RFC 5321 §4.2). @param longest octets */
export const replyText = (longest: number) =>
  checked(
    (text) => text.length > 0 && text.length <= longest && printable.test(text),
    `expected one line of at most ${longest} printable ASCII characters`,
  );

/** For the operator. @param longest UTF-16 code units */
export const oneLine = (longest: number) =>
  checked(
    (text) => text.length <= longest && !control.test(text) && text.isWellFormed(),
    `expected one line of at most ${longest} characters, without control characters`,
  );

/** Lines of a body. */
export const lines = checked(
  (text) => text.length <= 256 * 2 ** 10 && !text.includes('\0') && text.isWellFormed(),
  'expected at most 256 KB of text without NUL',
);

export const address = checked(isAddress, 'expected an address as in RFC 5321 §4.1.2, without angle brackets');
export const reversePath = checked(
  (text) => text === '' || isAddress(text),
  "expected an address as in RFC 5321 §4.1.2, or '' for the null reverse-path",
);
/** Only compared with what a client wrote, so it need not be as strict. */
export const anyAddress = oneLine(320);

/** EHLO keyword (RFC 5321 §4.1.1.1). */
export const keyword = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/, 'expected an EHLO keyword');
export const ehloLine = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,63}(?: [\x20-\x7e]{0,400})?$/, 'expected an EHLO line: keyword and parameters');

export const tagName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'expected a tag name of letters, digits, dot, - and _');

/** Which fields may not be touched the message room says: it skips the edit, with a reason. */
export const fieldName = z.string().regex(/^[\x21-\x39\x3b-\x7e]{1,76}$/, 'expected a field name as in RFC 5322 §2.2');

/** What a part made by an edit may not be: it is one leaf (RFC 2046 §5). */
const isComposite = (type: string): boolean => /^(?:multipart|message)\//i.test(type);
const token = String.raw`[A-Za-z0-9][\w!#$&^.+-]{0,126}`;
const media = new RegExp(`^${token}/${token}$`);
const image = new RegExp(`^image/${token}$`);

export const mediaType = z.custom<MediaType>(
  (type) => typeof type === 'string' && media.test(type) && !isComposite(type),
  'expected a media type such as text/plain (RFC 6838 §4.2), neither multipart nor message',
);
export const imageType = z.custom<InlineImage['type']>(
  (type) => typeof type === 'string' && image.test(type),
  'expected a media type such as image/png',
);
export const charset = z.string().regex(new RegExp(`^${token}$`), 'expected the name of a charset');

/** What fits through the sandbox's outbox anyway. */
const longestBase64 = 1024 * 1024;
export const base64 = checked(
  (text) => text.length <= longestBase64 && text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text),
  'expected base64 with its padding, without white space, of at most 1 MB',
);
export const imageName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'expected the name of an image: letters, digits, dot, - and _');

/** The path of a part, as in `message.tree` (RFC 9051 §6.4.5.1). */
export const partPath = z
  .string()
  .regex(/^(?:(?:[1-9]\d{0,4}|TEXT)(?:\.(?:[1-9]\d{0,4}|TEXT)){0,62})?$/, 'expected the path of a part, such as 1.2');

const name = '[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?){0,126}';

/** What follows EHLO: a domain, or an address literal (RFC 5321 §4.1.1.1). */
export const hostName = z
  .string()
  .max(255)
  .regex(new RegExp(`^(?:${name}|\\[[0-9A-Za-z:.]{2,64}\\])$`), 'expected a host name');

/** A next hop as an administrator writes one. */
export const hostAndPort = z
  .string()
  .max(261)
  .regex(
    /^(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(?::[1-9]\d{0,4})?$/,
    'expected a host such as mail.example.net:25',
  );
