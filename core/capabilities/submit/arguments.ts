import { z } from 'zod';
import type { MediaType } from '../../../sdk/edits.ts';
import { isAddress } from '../../events/address.ts';
import type { HostCall } from '../capability.ts';

/** A message a sink wants to send, read anew; what From and the reverse-path may be is checked. */
export type WantedMessage = z.output<typeof wanted>;

const characters = 512 * 1024;
const line = (longest: number) =>
  z
    .string()
    .max(longest)
    .refine((text) => !/[^\P{Cc}\t]|[\u2028\u2029]/u.test(text) && text.isWellFormed(), 'expected one line of text');
const address = z.string().refine(isAddress, 'expected an address as in RFC 5321 §4.1.2, without angle brackets');
const body = z
  .string()
  .max(characters)
  .refine((text) => !text.includes('\0') && text.isWellFormed(), 'expected text without NUL');
const part = z.strictObject({
  type: z.custom<MediaType>(
    (type) => typeof type === 'string' && /^[a-z0-9.+-]{1,64}\/[a-z0-9.+-]{1,64}$/i.test(type),
    'expected a media type',
  ),
  content: z.union([
    z.strictObject({ kind: z.literal('text'), text: body }),
    z.strictObject({
      kind: z.literal('octets'),
      base64: z
        .string()
        .max(2 ** 20)
        .regex(/^[A-Za-z0-9+/]*={0,2}$/, 'expected base64'),
    }),
  ]),
  charset: z.string().max(64).nullable(),
  disposition: z.enum(['inline', 'attachment']),
  filename: line(255).nullable(),
});
const wanted = z
  .strictObject({
    to: z.array(address).min(1, 'expected at least one recipient').max(100),
    subject: line(1_000),
    text: body.optional(),
    html: body.optional(),
    from: address.optional(),
    fromName: line(200).optional(),
    reversePath: z.union([z.literal(''), address]).optional(),
    fields: z
      .array(z.tuple([z.string().max(76), line(8_192)]))
      .max(32)
      .optional(),
    parts: z.array(part).max(16).optional(),
    attach: z.literal('message').optional(),
  })
  .refine(({ text, html }) => text !== undefined || html !== undefined, 'a message needs text or html');
const given = z.tuple([wanted]);

/** Fields the core writes itself, or that speak for somebody else. */
const own =
  /^(?:from|sender|to|cc|bcc|date|message-id|subject|return-path|received|auto-submitted|delivered-to|authentication-results|dkim-signature|mime-version|(?:x-sluice|resent|content|arc|list-unsubscribe-post)-?.*)$/i;

/** @throws z.ZodError, RangeError with a text the sink may read */
export function readNewMessage(args: readonly unknown[], { grant, binding }: HostCall<'submit'>): WantedMessage {
  const [message] = given.parse(args);
  if (message.to.length > grant.recipients)
    throw new RangeError(
      `at most ${grant.recipients} recipients: grants.submit.recipients of the binding ${binding.key}`,
    );
  for (const sender of [message.from, message.reversePath])
    if (sender !== undefined && sender !== '' && !mayBe(sender, grant.from))
      throw new RangeError(`${sender} is not granted: add it to grants.submit.from of the binding ${binding.key}`);
  if (message.attach && !binding.grants.message)
    throw new RangeError(
      `sending the message along is not granted: add message to the grants of the binding ${binding.key}`,
    );
  const taken = message.fields?.find(([name]) => own.test(name));
  if (taken) throw new RangeError(`the field ${taken[0]} is not for a sink to say`);
  const first = grant.from.find((sender) => !sender.startsWith('*'));
  return { ...message, ...(message.from === undefined && first !== undefined && { from: first }) };
}

function mayBe(sender: string, granted: readonly string[]): boolean {
  const written = sender.toLowerCase();
  return granted.some((one) =>
    one.startsWith('*') ? written.endsWith(one.slice(1).toLowerCase()) : one.toLowerCase() === written,
  );
}
