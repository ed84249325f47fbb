import { z } from 'zod';
import { formatPath, type Path, type Problem } from './problem.ts';
import type { Source } from './source.ts';
import { suggest } from './suggest.ts';

type RawIssue = Parameters<z.core.$ZodErrorMap>[0];

/**
 * Checks a source against a schema.
 *
 * @returns the value with its types, or every problem in the words of `sluice.yaml` and not of the library
 */
export function checkShape<T>(
  schema: z.ZodType<T>,
  source: Source,
): { readonly kind: 'good'; readonly value: T } | { readonly kind: 'bad'; readonly problems: readonly Problem[] } {
  const known = new Map<string, readonly string[]>();
  const read = schema.safeParse(source.value, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys') known.set(formatPath(pathOf(issue.path ?? [])), knownKeys(issue));
      return wording(issue);
    },
  });
  if (read.success) return { kind: 'good', value: read.data };
  const problems = read.error.issues.flatMap((issue) => {
    const path = pathOf(issue.path);
    if (issue.code !== 'unrecognized_keys') return [problemAt(source, path, textOf(issue))];
    const words = known.get(formatPath(path)) ?? [];
    return issue.keys.map((key) => unknownKey(source, [...path, key], words));
  });
  return { kind: 'bad', problems };
}

/**
 * A problem of a value. Says so when the value is missing or empty, which is what the reader then looks for.
 *
 * @param character the one of a text that is wrong, counted from 1
 */
export function problemAt(source: Source, path: Path, text: string, character?: number): Problem {
  const value = valueAt(source.value, path);
  const prefix = value === undefined ? 'missing: ' : value === null ? 'no value: ' : '';
  return { file: source.file, path, ...source.locate(path, character), text: prefix + text };
}

function unknownKey(source: Source, path: Path, known: readonly string[]): Problem {
  const meant = suggest(String(path.at(-1)), known);
  const others = known.length === 0 ? 'there are no options here' : `known here: ${known.join(', ')}`;
  const hint = meant === null ? others : `did you mean ${meant}?`;
  return { file: source.file, path, ...source.locateKey(path), text: `unknown key; ${hint}` };
}

/** A number out of bounds inherits the text for what is no number at all; the bound says more. */
function textOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_small' && isNumber(issue.origin)) return `expected at least ${issue.minimum}`;
  if (issue.code === 'too_big' && isNumber(issue.origin)) return `expected at most ${issue.maximum}`;
  return issue.message;
}

/** What the library would say in its own words. Texts given in an `options.ts` go before these. */
function wording(issue: RawIssue): string | undefined {
  if (issue.code === 'invalid_type') return `expected ${nouns[issue.expected] ?? issue.expected}`;
  if (issue.code === 'invalid_value') return oneOf(issue.values.map(String), issue.input);
  if (issue.code === 'invalid_union') return oneOf(...discriminatorOf(issue));
  if (issue.code === 'too_small') return 'expected a text that is not empty';
  if (issue.code === 'too_big') return `expected at most ${issue.maximum} characters`;
  return undefined;
}

const nouns: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'a mapping',
  record: 'a mapping',
  string: 'a text',
};

function oneOf(values: readonly string[], input: unknown): string {
  const meant = typeof input === 'string' ? suggest(input, values) : null;
  const hint = meant === null ? '' : `; did you mean ${meant}?`;
  return `expected ${values.length === 1 ? '' : 'one of '}${values.join(', ')}${hint}`;
}

function isNumber(origin: string): boolean {
  return origin === 'number' || origin === 'int';
}

function knownKeys({ inst }: RawIssue): readonly string[] {
  if (inst instanceof z.ZodObject) return Object.keys(inst.shape);
  if (inst instanceof z.ZodRecord && inst.keyType instanceof z.ZodEnum) return inst.keyType.options.map(String);
  return [];
}

/** What the key that tells the variants apart may say, and what it says. */
function discriminatorOf({ inst, input }: RawIssue): readonly [readonly string[], unknown] {
  if (!(inst instanceof z.ZodDiscriminatedUnion)) return [[], undefined];
  const { discriminator } = inst.def;
  const values = inst.options.flatMap((option) => [...(option._zod.propValues?.[discriminator] ?? [])].map(String));
  return [values, valueAt(input, [discriminator])];
}

function pathOf(path: readonly PropertyKey[]): Path {
  return path.map((step) => (typeof step === 'number' ? step : String(step)));
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, step) => {
    if (typeof inner !== 'object' || inner === null) return undefined;
    return Object.hasOwn(inner, step) ? Reflect.get(inner, step) : undefined;
  }, value);
}
