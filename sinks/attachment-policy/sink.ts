import { defineSink, next, quarantine, reject, removePart, type PartData } from '@sluice/sdk';
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

z.config(en());

const ending = z.string().check(z.regex(/^\.[^\s.][^\s]{0,30}$/, 'expected an ending such as .exe'));
const type = z
  .string()
  .check(z.regex(/^[\w.+-]+\/(?:[\w.+-]+|\*)$/, 'expected a type such as application/x-msdownload or video/*'));
const usual =
  '.exe .com .scr .pif .bat .cmd .js .jse .vbs .vbe .wsf .wsh .hta .lnk .msi .ps1 .reg .jar .iso .img .vhd'.split(' ');

const settings = z.strictObject({
  /** Ends of file names. */
  endings: z._default(z.array(ending).check(z.maxLength(500)), usual),
  /** Media types; `video/*` is all of a kind. */
  types: z._default(z.array(type).check(z.maxLength(500)), []),
  /** Octets of one attachment as it travels. */
  largest: z.optional(z.int('expected a number of octets').check(z.minimum(1))),
  action: z._default(z.enum(['remove', 'reject', 'quarantine'], 'expected remove, reject or quarantine'), 'remove'),
  /** What stands in the place of a removed attachment; `{name}` is its file name. */
  notice: z._default(
    z.string().check(z.maxLength(1_000)),
    'The attachment {name} was removed by the mail server: {reason}.',
  ),
});

/** Removes attachments nobody should get by mail, or refuses the message. See README.md beside this file. */
export default defineSink({
  name: 'attachment-policy',
  version: '1.0.0',
  description: 'Removes attachments by name, type and size, or refuses or holds the message.',
  role: 'edits',
  settings,

  onArrival({ message, settings: its }, { log }) {
    const bad = leaves(message.tree).flatMap((part) => {
      const reason = whyBad(part, its);
      return reason === null ? [] : [{ path: part.path, name: nameOf(part), reason }];
    });
    const [first] = bad;
    if (!first) return next();
    log.warn(`attachments: ${its.action}`, { bad });
    const why = `attachment ${first.name}: ${first.reason}`;
    if (its.action === 'reject') return reject(`Message refused, ${why}`.slice(0, 400), { code: 552, status: '7.1' });
    if (its.action === 'quarantine') return quarantine(why);
    const noticeOf = ({ name, reason }: typeof first): string =>
      its.notice.replaceAll('{reason}', reason).replaceAll('{name}', () => name);
    return next(...bad.map((one) => removePart(one.path, noticeOf(one))));
  },
});

type Policy = z.output<typeof settings>;

function whyBad(part: PartData, { endings, types, largest }: Policy): string | null {
  // Windows drops dots and spaces at the end of a name before it looks at the ending.
  const name = (part.filename ?? '').toLowerCase().replace(/[. ]{1,100}$/, '');
  const found = endings.find((one) => name.endsWith(one.toLowerCase()));
  if (found !== undefined) return `files of ${found} are not allowed`;
  const isOf = (one: string): boolean =>
    one.endsWith('/*') ? part.type.startsWith(one.slice(0, -1)) : part.type === one;
  if (types.some((one) => isOf(one.toLowerCase()))) return `${part.type} is not allowed`;
  if (largest !== undefined && isAttachment(part) && part.size > largest) return `it is larger than ${largest} octets`;
  return null;
}

const isAttachment = ({ disposition, filename }: PartData): boolean =>
  disposition === 'attachment' || filename !== null;

/** On one line, for people: names come from the mail. */
function nameOf({ filename, type: is }: PartData): string {
  return (filename ?? is)
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, 100);
}

/** Parts that have no parts, those of forwarded messages too. */
function leaves(part: PartData): readonly PartData[] {
  return part.parts.length === 0 ? [part] : part.parts.flatMap(leaves);
}
