import { z } from 'zod';
import type { Decision } from '../../../sdk/decisions.ts';
import type { Edit } from '../../../sdk/edits.ts';
import type { Reply } from '../../../sdk/reply.ts';
import * as is from './texts.ts';

const fieldValue = is.oneLine(16 * 2 ** 10);
const position = z.enum(['before', 'after', 'below-newest-reply']);

const part = z.strictObject({
  type: is.mediaType,
  content: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('text'), text: is.lines }),
    z.strictObject({ kind: z.literal('octets'), base64: is.base64 }),
  ]),
  charset: is.charset.nullable(),
  disposition: z.enum(['inline', 'attachment']),
  filename: is.oneLine(255).nullable(),
});
const images = z
  .array(z.strictObject({ name: is.imageName, type: is.imageType, base64: is.base64 }))
  .max(20, 'more than 20 images')
  .exactOptional();

const edit = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('set-greeting'), text: is.replyText(400) }),
  z.strictObject({ kind: z.literal('add-capability'), line: is.ehloLine }),
  z.strictObject({ kind: z.literal('hide-capability'), keyword: is.keyword }),
  z.strictObject({ kind: z.literal('set-tag'), name: is.tagName, value: is.oneLine(1_000) }),
  z.strictObject({ kind: z.literal('set-reverse-path'), address: is.reversePath }),
  z.strictObject({ kind: z.literal('set-recipient'), address: is.address }),
  z.strictObject({ kind: z.literal('add-recipient'), address: is.address }),
  z.strictObject({ kind: z.literal('remove-recipient'), address: is.anyAddress }),
  z.strictObject({ kind: z.literal('prepend-field'), name: is.fieldName, value: fieldValue }),
  z.strictObject({ kind: z.literal('append-field'), name: is.fieldName, value: fieldValue }),
  z.strictObject({ kind: z.literal('set-field'), name: is.fieldName, value: fieldValue }),
  z.strictObject({ kind: z.literal('remove-fields'), name: is.fieldName }),
  z.strictObject({ kind: z.literal('insert-text'), position, plain: is.lines, html: is.lines, images }),
  z.strictObject({ kind: z.literal('replace-part'), path: is.partPath, part }),
  z.strictObject({ kind: z.literal('add-part'), part }),
  z.strictObject({ kind: z.literal('remove-part'), path: is.partPath, notice: is.lines.nullable() }),
  z.strictObject({ kind: z.literal('wrap'), html: is.lines }),
  z.strictObject({ kind: z.literal('set-members'), addresses: z.array(is.address).min(1).max(1_000) }),
  z.strictObject({ kind: z.literal('set-next-hops'), hosts: z.array(is.hostAndPort).min(1).max(8) }),
  z.strictObject({ kind: z.literal('set-mailbox'), mailbox: is.oneLine(400) }),
  z.strictObject({ kind: z.literal('set-helo-name'), name: is.hostName }),
]) satisfies z.ZodType<Edit>;

const edits = z.array(edit).max(100, 'more than 100 edits');
const reason = is.oneLine(480);
const stop = z.boolean().exactOptional();
const note = z
  .strictObject({
    text: is.oneLine(480),
    values: z
      .record(z.string(), z.unknown())
      .refine((values) => JSON.stringify(values).length <= 8_000, 'more than 8000 characters of JSON')
      .exactOptional(),
  })
  .exactOptional();

const isStatus = (text: unknown): boolean => typeof text === 'string' && /^[245]\.\d{1,3}\.\d{1,3}$/.test(text);

/** A reply whose first digit is one of these; the status must say the same (RFC 3463 §2). */
function replyOf(...classes: readonly number[]): z.ZodType<Reply> {
  const wanted = classes.map((digit) => `${digit}yz`).join(' or ');
  return z
    .strictObject({
      code: z.int().min(200, `expected a ${wanted} code`).max(599, `expected a ${wanted} code`),
      status: z.custom<Reply['status']>(isStatus, 'expected an enhanced status code such as 5.7.1'),
      text: is.replyText(480),
    })
    .refine(({ code }) => classes.includes(Math.floor(code / 100)), {
      path: ['code'],
      error: `expected a ${wanted} code`,
    })
    .refine(({ code, status }) => status.startsWith(`${Math.floor(code / 100)}.`), {
      path: ['status'],
      error: 'its first digit is not that of the code',
    });
}

/** The shape of any decision; what the event at hand allows is checked apart. */
export const decisionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ note, kind: z.literal('next'), edits, stop }),
  z.strictObject({ note, kind: z.literal('accept'), edits }),
  z.strictObject({ note, kind: z.literal('reject'), reply: replyOf(5) }),
  z.strictObject({ note, kind: z.literal('defer'), reply: replyOf(4) }),
  z.strictObject({ note, kind: z.literal('discard'), reason }),
  z.strictObject({ note, kind: z.literal('drop'), reason, stop }),
  z.strictObject({ note, kind: z.literal('quarantine'), reason, edits }),
  z.strictObject({
    note,
    kind: z.literal('redirect'),
    recipients: z.array(is.address).min(1, 'expected at least one recipient').max(1_000, 'more than 1000 recipients'),
    edits,
    stop,
  }),
  z.strictObject({ note, kind: z.literal('disconnect'), reply: replyOf(4, 5) }),
  z.strictObject({ note, kind: z.literal('badmail'), reason }),
  z.strictObject({ note, kind: z.literal('reply'), reply: replyOf(2), edits }),
  z.strictObject({
    note,
    kind: z.literal('fork'),
    groups: z.array(z.array(is.anyAddress).min(1).max(1_000)).min(1, 'expected a group of recipients').max(1_000),
  }),
]) satisfies z.ZodType<Decision>;
