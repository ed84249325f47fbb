import type { MessageReader } from '@sluice/sdk';
import type { CompiledRule, Forms } from './compiled.ts';
import { newestOfHtml, newestOfPlain } from './newest.ts';
import { endsWith, isPresent, isPresentInHtml } from './presence.ts';
import type { Shape } from './reasons.ts';
import type { Values } from './values.ts';

/** The forms a message has, read; null: not there, or cannot be read. */
export type Reading = {
  readonly plain: string | null;
  readonly html: string | null;
  /** Forms that are there and cannot be read: unknown charset or transfer encoding. */
  readonly unreadable: readonly (keyof Forms)[];
};

type TextShape = Extract<Shape, { readonly kind: 'text' }>;

/** Reads the forms the message has, and only those: each is a call out of the sandbox. */
export async function readForms(shape: TextShape, reader: Pick<MessageReader, 'text' | 'html'>): Promise<Reading> {
  const [plain, html] = await Promise.all([shape.plain ? reader.text() : null, shape.html ? reader.html() : null]);
  const unreadable = [
    ...(shape.plain && plain === null ? (['plain'] as const) : []),
    ...(shape.html && html === null ? (['html'] as const) : []),
  ];
  return { plain, html, unreadable };
}

/** Which forms lack the text of a rule. */
export function formsLacking(
  rule: CompiledRule,
  { plain, html }: Reading,
  values: Values,
): Readonly<Record<keyof Forms, boolean>> {
  if (rule.repeat === 'always') return { plain: true, html: true };
  const isThread = rule.repeat === 'thread';
  const inPlain =
    plain !== null && isIn(rule, values, { form: 'plain', text: isThread ? plain : newestOfPlain(plain), all: plain });
  const inHtml =
    html !== null && isIn(rule, values, { form: 'html', text: isThread ? html : newestOfHtml(html), all: html });
  return { plain: !inPlain, html: !inHtml };
}

type Where = { readonly form: keyof Forms; readonly text: string; readonly all: string };

/** At the end of the message it stands below what is quoted, and is still the newest: `after` put it there. */
function isIn(rule: CompiledRule, values: Values, { form, text, all }: Where): boolean {
  const prints = rule.fingerprints(form, values);
  if (prints.some((print) => (form === 'html' ? isPresentInHtml(text, print) : isPresent(text, print)))) return true;
  return (
    rule.repeat === 'message' && rule.position === 'after' && text !== all && endsWith(all, form, rule.write(values))
  );
}

/** How a text is set into a message: an empty line between what a person wrote and what we add. */
export function setOff({ plain, html }: Forms, position: CompiledRule['position']): Forms {
  return { plain: setOffPlain(plain, position), html: html === '' ? '' : `<div>${html}</div>` };
}

function setOffPlain(text: string, position: CompiledRule['position']): string {
  if (text === '') return '';
  if (position === 'before') return `${text}\n\n`;
  return position === 'after' ? `\n${text}` : `\n${text}\n\n`;
}
