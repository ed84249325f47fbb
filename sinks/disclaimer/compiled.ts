import { htmlOfText, textOfHtml } from './html.ts';
import { fingerprintOf, isTelling, type Fingerprint } from './presence.ts';
import { presetText, presetWordings } from './presets.ts';
import type { Rule, Settings } from './settings.ts';
import { readTemplate, type Reading } from './template.ts';
import { isOfPerson, type Values } from './values.ts';

/** A text in both forms. */
export type Forms = { readonly plain: string; readonly html: string };

/** A rule whose templates are read. */
export type CompiledRule = Rule & {
  /** @throws Error saying what is wrong with the template */
  write(values: Values): Forms;
  /** What it is recognised by in a message; any of these. */
  fingerprints(form: keyof Forms, values: Values): readonly Fingerprint[];
  readonly usesDate: boolean;
  /** Whether it names what only a directory can know. */
  readonly usesPerson: boolean;
  /** Names of the pictures its HTML shows. */
  readonly images: readonly string[];
};

const compiled = new WeakMap<Settings, readonly CompiledRule[]>();

/** The rules of a binding, their templates read once for these settings. */
export function compileRules(settings: Settings): readonly CompiledRule[] {
  const known = compiled.get(settings);
  if (known) return known;
  const rules = settings.rules.map((rule) => compileRule(rule, settings));
  compiled.set(settings, rules);
  return rules;
}

/** A template and the form it is written in. */
type Source = { readonly reading: Reading; readonly isHtml: boolean; readonly fixed: Fingerprint };

function readSource(source: string | null, isHtml: boolean): Source | null {
  if (source === null) return null;
  const reading = readTemplate(source);
  return { reading, isHtml, fixed: fingerprintOf(isHtml ? textOfHtml(reading.always) : reading.always) };
}

function compileRule(rule: Rule, { images }: Settings): CompiledRule {
  const text = readSource(rule.preset === null ? rule.text : presetText(rule.preset), false);
  const html = readSource(rule.html, true);
  const source = { plain: text ?? html, html: html ?? text };
  const presets = rule.preset === null ? null : presetWordings(rule.preset).map(fingerprintOf);
  const used = [text, html].flatMap((one) => (one === null ? [] : [...one.reading.uses]));
  return {
    ...rule,
    write: (values) => writeForms(text, html, values),
    fingerprints: (form, values) => presets ?? [fingerprintIn(source[form], values)],
    usesDate: used.includes('date'),
    usesPerson: used.some(isOfPerson),
    images: Object.keys(images).filter((name) => rule.html?.includes(`cid:${name}`) ?? false),
  };
}

function writeForms(text: Source | null, html: Source | null, values: Values): Forms {
  const plain = text?.reading.render(values, false) ?? null;
  const fragment = html?.reading.render(values, true) ?? htmlOfText(plain ?? '');
  return { plain: plain ?? textOfHtml(fragment, true).trim(), html: fragment };
}

/**
 * From the words the template shows whatever the values are; where these say too little from those it shows with these
 * values; at last from the values too.
 */
function fingerprintIn(source: Source | null, values: Values): Fingerprint {
  if (source === null || isTelling(source.fixed)) return source?.fixed ?? fingerprintOf('');
  const { reading, isHtml } = source;
  const read = (text: string): Fingerprint => fingerprintOf(isHtml ? textOfHtml(text) : text);
  const words = read(reading.words(values));
  return isTelling(words) ? words : read(reading.render(values, isHtml));
}
