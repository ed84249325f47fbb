import {
  addPart,
  appendField,
  insertText,
  textPart,
  type EditFor,
  type InlineImage,
  type TextPosition,
} from '@sluice/sdk';
import type { CompiledRule, Forms } from './compiled.ts';
import type { Note } from './choose.ts';
import { formsLacking, setOff, type Reading } from './place.ts';
import type { Settings } from './settings.ts';
import type { Values } from './values.ts';

/** The text of one rule, in the forms that lack it. */
type Addition = Forms & { readonly position: TextPosition; readonly images: readonly string[] };

export type Composition = { readonly additions: readonly Addition[]; readonly notes: readonly Note[] };

/**
 * Writes the text of every rule that is not in the message already.
 *
 * @param valuesFor the values of a rule, by its name
 * @throws Error when a template fails: then nothing is added
 */
export function compose(
  rules: readonly CompiledRule[],
  reading: Reading,
  valuesFor: (rule: string) => Values,
): Composition {
  const additions: Addition[] = [];
  const notes: Note[] = [];
  for (const rule of rules) {
    const values = valuesFor(rule.name);
    const lacks = formsLacking(rule, reading, values);
    const isThere = (reading.plain === null || !lacks.plain) && (reading.html === null || !lacks.html);
    if (isThere && (reading.plain ?? reading.html) !== null) {
      notes.push({ rule: rule.name, added: false, reason: 'it is there already' });
      continue;
    }
    const { plain, html } = rule.write(values);
    const lacking = { plain: lacks.plain ? plain : '', html: lacks.html ? html : '' };
    additions.push({
      ...setOff(lacking, rule.position),
      position: rule.position,
      images: lacks.html ? rule.images : [],
    });
    notes.push({ rule: rule.name, added: true });
  }
  return { additions, notes };
}

const positions = ['before', 'below-newest-reply', 'after'] as const;

/** One edit for each position, so that what several rules add stands in their order. */
export function editsFor(
  additions: readonly Addition[],
  images: Settings['images'],
): readonly EditFor<'onCategorized'>[] {
  return positions.flatMap((position) => {
    const here = additions.filter((one) => one.position === position);
    if (here.length === 0) return [];
    const shown = [...new Set(here.flatMap((one) => one.images))];
    const text = { plain: here.map(({ plain }) => plain).join(''), html: here.map(({ html }) => html).join('\n') };
    return [
      insertText(
        shown.length === 0 ? text : { ...text, images: shown.flatMap((name) => imageOf(name, images)) },
        position,
      ),
    ];
  });
}

function imageOf(name: string, images: Settings['images']): readonly InlineImage[] {
  const image = images[name];
  return image ? [{ name, ...image }] : [];
}

/** All texts as one part of its own, for messages that have no text to put it into. */
export function partFor(additions: readonly Addition[]): EditFor<'onCategorized'> {
  return addPart(textPart('text/plain', `${additions.map(({ plain }) => plain.trim()).join('\n\n')}\n`));
}

const field = 'X-Sluice-Disclaimer';

/** For people who look at the header, and for what cannot be read: see `isMarked`. */
export const markField = (binding: string, notes: readonly Note[]): EditFor<'onCategorized'> =>
  appendField(field, `${binding}; rule="${notes.flatMap(({ rule, added }) => (added ? [rule] : [])).join(', ')}"`);

/** Whether a field of ours says that a rule of this binding was here. Anybody can write one: believed only where there is nothing to read. */
export const isMarked = (values: readonly string[], binding: string, rule: string): boolean =>
  values.some((value) => {
    const [by = '', rules = ''] = value.split('; rule=');
    return by === binding && rules.replaceAll('"', '').split(', ').includes(rule);
  });
