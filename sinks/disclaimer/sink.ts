import {
  appendField,
  defineSink,
  insertText,
  next,
  type MessageReader,
  type PartData,
  type TextPosition,
} from '@sluice/sdk';
import { escapeHtml } from './html.ts';
import { isPresent, isPresentInHtml } from './presence.ts';
import { readable, whyNot } from './reasons.ts';
import { domainOf, readSender } from './sender.ts';
import { settings, type Settings } from './settings.ts';
import { fill, uses, type Values } from './template.ts';

/** Adds a disclaimer to what people write, once. See README.md beside this file. */
export default defineSink({
  name: 'disclaimer',
  version: '1.0.0',
  description: 'Adds a disclaimer to messages, once, and not to automatic mail.',
  role: 'edits',
  needs: ['message', 'clock'],
  settings,

  async onArrival({ message, envelope, binding, settings: its }, has) {
    const { plain, html, position } = its;
    const skip = (reason: string) => {
      has.log.info(`no disclaimer: ${reason}`);
      return next();
    };
    const sender = readSender(message.field('From'), envelope.reversePath);
    const reason = whyNot(message, envelope, sender, its);
    if (reason !== null) return skip(reason);

    const values: Values = {
      'sender.name': sender.name,
      'sender.address': sender.address,
      'sender.domain': sender.domain,
      'recipient.domain': domainOf(envelope.recipients[0] ?? ''),
      date: uses(plain, 'date') || uses(html, 'date') ? dateOf(await has.clock.now()) : '',
    };
    const there = await findPresent(message.tree, has.message, its, values);
    if (there.everywhere) return skip('it is there already');

    const added = {
      plain: there.inText ? '' : setOff(fill(plain, values, String), position),
      html: there.inHtml ? '' : `<div>${fill(html, values, escapeHtml)}</div>`,
    };
    return next(insertText(added, position), appendField('X-Sluice-Disclaimer', binding.name));
  },
});

/** Reads the forms the message has, and only those: each is a call out of the sandbox. */
async function findPresent(tree: PartData, reader: MessageReader, { plain, htmlText }: Settings, values: Values) {
  const types = readable(tree).map(({ type }) => type);
  const [hasText, hasHtml] = [types.includes('text/plain'), types.includes('text/html')];
  const [text, html] = await Promise.all([hasText ? reader.text() : null, hasHtml ? reader.html() : null]);
  const inText = text !== null && isPresent(text, plain, values);
  const inHtml = html !== null && isPresentInHtml(html, htmlText, values);
  return { inText, inHtml, everywhere: (inText || !hasText) && (inHtml || !hasHtml) };
}

/** An empty line between the text a person wrote and ours. */
function setOff(text: string, position: TextPosition): string {
  if (position === 'before') return `${text}\n\n`;
  return position === 'after' ? `\n${text}` : `\n${text}\n\n`;
}

/** `2026-11-23`, in UTC. */
function dateOf(now: number): string {
  return new Date(now).toISOString().slice(0, 10);
}
