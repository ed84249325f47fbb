import type { Capabilities, EditFor, Message } from '@sluice/sdk';
import { chooseRules, type Note } from './choose.ts';
import { compileRules, type CompiledRule } from './compiled.ts';
import { compose, editsFor, isMarked, markField, partFor } from './compose.ts';
import { findPerson } from './directory.ts';
import { isoDate, languageOf } from './language.ts';
import { openSituation, type Occasion } from './occasion.ts';
import { readForms, type Reading } from './place.ts';
import { readable, shapeOf, whyNot, whySigned } from './reasons.ts';
import type { Situation } from './rules.ts';
import type { Settings } from './settings.ts';
import { firstLine } from './template.ts';
import { valuesOf, type Facts, type Values } from './values.ts';
import { decodeWords } from './words.ts';

type Has = Pick<Capabilities, 'message' | 'clock' | 'directory'>;
type Proof = { readonly rules: readonly Note[]; readonly parts?: readonly string[] };
type Outcome =
  | { readonly kind: 'edit'; readonly edits: readonly EditFor<'onCategorized'>[]; readonly proof: Proof }
  | { readonly kind: 'skip'; readonly reason: string; readonly isFailure: boolean; readonly proof: Proof };

const skip = (reason: string, rules: readonly Note[] = [], isFailure = false): Outcome => ({
  kind: 'skip',
  reason,
  isFailure,
  proof: { rules },
});

/** What becomes of one message: the edits, or why there are none. */
export async function decide(occasion: Occasion, has: Has): Promise<Outcome> {
  const { message, envelope, settings: its } = occasion;
  const reason = whyNot(message, envelope, its) ?? whySigned(occasion);
  if (reason !== null) return skip(reason);
  const situation = await openSituation(occasion, has);
  const { rules, notes } = chooseRules(compileRules(its), its.match, situation);
  if (rules.length === 0) return skip(notes.length === 1 ? (notes[0]?.reason ?? '') : 'no rule is for it', notes);

  const target = await findTarget(message, its, has);
  if (target.kind === 'skip') return skip(target.reason, notes);
  const facts = await readFacts(occasion, has, { rules, situation });
  return write(occasion, { rules, notes, target }, (rule) => valuesOf({ ...facts, rule }));
}

type Chosen = { readonly rules: readonly CompiledRule[]; readonly situation: Situation };

/** What templates name. Clock and directory are asked only when a template does. */
async function readFacts(
  { message, envelope, binding, settings: its }: Occasion,
  has: Has,
  { rules, situation: { sender } }: Chosen,
): Promise<Omit<Facts, 'rule'>> {
  const granted = { directory: has.directory, settings: its };
  return {
    sender,
    person: rules.some(({ usesPerson }) => usesPerson) ? await findPerson(granted, sender.address) : null,
    recipients: envelope.recipients,
    language: languageOf(its.language, message),
    binding: binding.name,
    subject: decodeWords((message.field('Subject') ?? '').slice(0, 1_000)).trim(),
    date: rules.some(({ usesDate }) => usesDate) ? isoDate(await has.clock.now(), its.zone) : '',
  };
}

type Target = { readonly kind: 'text' | 'part'; readonly reading: Reading };
const nothing: Reading = { plain: null, html: null, unreadable: [] };

/** Where the text goes: into the forms the message has, into a part of its own, or nowhere. */
async function findTarget(
  message: Message,
  { separatePartFor }: Settings,
  has: Has,
): Promise<Target | { kind: 'skip'; reason: string }> {
  const shape = shapeOf(message);
  if (shape.kind === 'protected') return { kind: 'text', reading: nothing };
  if (shape.kind === 'none') {
    const { because, reason } = shape;
    return because !== null && separatePartFor.includes(because)
      ? { kind: 'part', reading: nothing }
      : { kind: 'skip', reason };
  }
  const reading = await readForms(shape, has.message);
  if (reading.unreadable.length === 0 || message.protection !== 'none') return { kind: 'text', reading };
  if (separatePartFor.includes('unreadable')) return { kind: 'part', reading: nothing };
  return {
    kind: 'skip',
    reason: `the charset or transfer encoding of its ${reading.unreadable.join(' and ')} text is not known`,
  };
}

type Plan = { readonly rules: readonly CompiledRule[]; readonly notes: readonly Note[]; readonly target: Target };

function write(
  { message, binding, settings: its }: Occasion,
  plan: Plan,
  valuesFor: (rule: string) => Values,
): Outcome {
  const { notes, target } = plan;
  const isBlind = target.reading === nothing || target.reading.unreadable.length > 0;
  const fields = isBlind ? message.all('X-Sluice-Disclaimer') : [];
  const isDone = ({ name, repeat }: CompiledRule): boolean =>
    repeat !== 'always' && isMarked(fields, binding.name, name);
  const rules = plan.rules.filter((rule) => !isDone(rule));
  if (rules.length === 0) return skip('its header says it is there already', notes);
  try {
    const { additions, notes: more } = compose(rules, target.reading, valuesFor);
    const all = [...notes, ...more];
    if (additions.length === 0) return skip('it is there already', all);
    const edits = target.kind === 'part' ? [partFor(additions)] : editsFor(additions, its.images);
    const parts = target.kind === 'part' ? ['new'] : partsOf(message);
    return { kind: 'edit', edits: [...edits, markField(binding.name, more)], proof: { rules: all, parts } };
  } catch (thrown) {
    return skip(`the template failed: ${firstLine(thrown)}`, notes, true);
  }
}

/** `1.2 text/html` of what a person reads. */
const partsOf = ({ tree }: Message): readonly string[] =>
  readable(tree).flatMap(({ path, type }) =>
    type === 'text/plain' || type === 'text/html' ? [`${path} ${type}`.trim()] : [],
  );
