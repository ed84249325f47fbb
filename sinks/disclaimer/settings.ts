import * as z from 'zod/mini';
import type { StandardSchema } from '@sluice/sdk';
import * as option from './options.ts';
import { presetNames, type Preset } from './presets.ts';

const when = option.mapping({
  /** Judged by `internal` and by who authenticated. */
  direction: z.optional(option.choices('inbound', 'outbound', 'internal')),
  sender: z.optional(option.persons),
  notSender: z.optional(option.persons),
  recipient: z.optional(option.persons),
  notRecipient: z.optional(option.persons),
  header: z.optional(option.fieldPatterns),
  notHeader: z.optional(option.fieldPatterns),
  /** Octets. */
  sizeOver: z.optional(option.size),
  sizeUnder: z.optional(option.size),
});

/** What a rule says. In the flat form it stands at the top, for one rule alone. */
const ruleShape = {
  name: z.optional(option.ruleName),
  when: z.optional(when),
  text: z.optional(option.template(20_000)),
  html: z.optional(option.template(100_000)),
  preset: z.optional(option.choice(...presetNames)),
  position: z.optional(option.choice('after', 'before', 'below-newest-reply')),
  repeat: z.optional(option.choice('thread', 'message', 'always')),
  mixed: z.optional(option.choice('add', 'skip')),
};
const ruleKeys = Object.keys(ruleShape);

const sharedShape = {
  match: z._default(option.choice('first', 'all'), 'first'),
  internal: z._default(option.domains, []),
  lists: z._default(option.choice('skip', 'add'), 'skip'),
  /** Mail of others that is signed with DKIM: an edit breaks the signature. */
  dkimSigned: z._default(option.choice('add', 'skip'), 'add'),
  separatePartFor: z._default(option.choices('no-text', 'unreadable', 'tnef', 'rtf'), []),
  language: z._default(option.language, 'en'),
  zone: z._default(option.zone, 'UTC'),
  images: z._default(option.images, {}),
};

const rule = option.mapping(ruleShape);
const given = option.mapping({
  ...ruleShape,
  ...sharedShape,
  rules: z.optional(
    z.array(rule, 'expected a list of rules').check(z.minLength(1), z.maxLength(100, 'expected at most 100 rules')),
  ),
});
type Given = z.output<typeof given>;
type GivenRule = z.output<typeof rule>;

export type When = z.output<typeof when>;

/** One rule, complete. `text` and `html` are templates; null: made from the other form, or from the preset. */
export type Rule = {
  readonly name: string;
  readonly when: When;
  readonly text: string | null;
  readonly html: string | null;
  readonly preset: Preset | null;
  readonly position: 'after' | 'before' | 'below-newest-reply';
  readonly repeat: 'thread' | 'message' | 'always';
  readonly mixed: 'add' | 'skip';
};

export type Settings = Omit<Given, keyof GivenRule | 'rules'> & { readonly rules: readonly Rule[] };

/** The settings of one binding: several rules, or one in the flat form. */
export const settings: StandardSchema<Settings> = z.pipe(
  given.check(
    z.check<Given>(({ value, issues }) => {
      for (const problem of problemsOf(value)) issues.push({ code: 'custom', input: value, ...problem });
    }),
  ),
  z.transform(({ rules, ...all }): Settings => ({ ...all, rules: (rules ?? [all]).map(completeRule) })),
);

type Problem = { readonly message: string; readonly path: (string | number)[] };

/** What single settings cannot know. */
function problemsOf(all: Given): readonly Problem[] {
  const { rules } = all;
  const stray = rules ? ruleKeys.filter((key) => Object.hasOwn(all, key)) : [];
  const named = (rules ?? [all]).map((one, at) => ({ one, path: rules ? ['rules', at] : [] }));
  return [
    ...stray.map((key) => ({ message: 'with rules, this belongs into one of them', path: [key] })),
    ...named.flatMap(({ one, path }) => [...ruleProblems(one, path), ...internalProblems(one, path, all)]),
    ...nameProblems(rules ?? []),
  ];
}

function ruleProblems({ text, html, preset }: GivenRule, path: Problem['path']): readonly Problem[] {
  const isText = text !== undefined || html !== undefined;
  if (isText && preset !== undefined) return [{ message: 'expected a preset or texts of your own, not both', path }];
  return isText || preset !== undefined ? [] : [{ message: 'expected text, html, or preset', path }];
}

const needsDomains: readonly string[] = ['internal', 'external'];

/** Nobody is internal while nobody said who is. */
function internalProblems({ when: its }: GivenRule, path: Problem['path'], { internal }: Given): readonly Problem[] {
  const people = [its?.sender, its?.notSender, its?.recipient, its?.notRecipient].flatMap((list) => list ?? []);
  const asks = its?.direction !== undefined || people.some((one) => needsDomains.includes(one));
  return asks && internal.length === 0
    ? [
        {
          message: 'needs internal at the top: the domains that are yours, such as example.com',
          path: [...path, 'when'],
        },
      ]
    : [];
}

function nameProblems(rules: readonly GivenRule[]): readonly Problem[] {
  const names = rules.map(nameOf);
  return names.flatMap((name, at) =>
    names.indexOf(name) < at ? [{ message: `a second rule named ${name}`, path: ['rules', at, 'name'] }] : [],
  );
}

const nameOf = ({ name }: GivenRule, at: number): string => name ?? `rule ${at + 1}`;

function completeRule(said: GivenRule, at: number): Rule {
  const { text = null, html = null, preset = null, position = 'after', repeat = 'thread', mixed = 'add' } = said;
  return { name: nameOf(said, at), when: said.when ?? {}, text, html, preset, position, repeat, mixed };
}
