import * as z from 'zod/mini';
import { isLanguage, isZone } from './language.ts';
import { findProblem } from './template.ts';

/** Settings of one kind each; what they mean together is in `settings.ts`. Every problem says what was expected. */

const mostPatterns = 1_000;
const isList = <T>(given: T | readonly T[]): given is readonly T[] => Array.isArray(given);

/** One or several; `a` means the same as `[a]`. */
const listOf = <const T extends readonly string[]>(choices: T) => {
  const problem = `expected one of ${choices.join(', ')}, or a list of them`;
  const one = z.enum(choices);
  return z.pipe(
    z.union([one, z.array(one)], problem),
    z.transform((given) => (isList(given) ? given : [given])),
  );
};

const textsOf = (isRight: (text: string) => boolean, problem: string) => {
  const areRight = (list: readonly string[]): boolean =>
    list.length <= mostPatterns && list.every((text) => text.length <= 1_000 && isRight(text));
  return z.pipe(
    z.union([z.string(), z.array(z.string())], problem).check(z.refine((given) => areRight([given].flat()), problem)),
    z.transform((given): readonly string[] => [given].flat()),
  );
};

export const choice = <const T extends readonly [string, ...string[]]>(...choices: T) =>
  z.enum(choices, `expected one of ${choices.join(', ')}`);
export const choices = <const T extends readonly [string, ...string[]]>(...all: T) => listOf(all);

/** A mapping with these keys and no others: a misspelt setting must not be taken for one that was left out. */
export const mapping = <const S extends z.core.$ZodShape>(shape: S) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown: ${issue.keys.join(', ')}; known: ${Object.keys(shape).join(', ')}`
        : 'expected a mapping',
  });

/** @param longest characters */
export const template = (longest: number) => {
  const problem = `expected a text of 1 to ${longest} characters`;
  return z.pipe(
    z.string(problem).check(
      z.refine((text) => text.trim() !== '' && text.length <= longest, { error: problem, abort: true }),
      z.check<string>(({ value, issues }) => {
        const found = findProblem(value);
        if (found !== null) issues.push({ code: 'custom', message: found, input: value });
      }),
    ),
    z.transform((text) => text.replaceAll('\r\n', '\n').trimEnd()),
  );
};

const people = ['internal', 'external'];

/** Address patterns, `group:` and the address of one, `internal` or `external`. */
export const persons = textsOf(
  (text) => people.includes(text) || /[@*]/.test(text),
  'expected addresses with * for anything, such as *@example.com; or internal; external; group:sales@example.com',
);

/** `example.com` stands for everybody there. */
export const domains = z.pipe(
  textsOf((text) => /^[^\s]{1,320}$/.test(text), 'expected domains such as example.com'),
  z.transform((list) => list.map((one) => (/[@*]/.test(one) ? one : `*@${one}`))),
);

const fieldName = z.string().check(z.regex(/^[!-9;-~]{1,100}$/, 'expected the name of a header field'));
export const fieldPatterns = z.record(
  fieldName,
  textsOf(() => true, 'expected texts, with * for anything'),
  'expected a mapping of header fields, such as Subject: "*[secret]*"',
);

const sizeProblem = 'expected a size such as 10MB, or a number of octets';

/** Octets; `KB` and `MB` are of 1,024, as in the server's own options. */
export const size = z.pipe(
  z
    .union([z.number(), z.string()], sizeProblem)
    .check(z.refine((given) => /^\d{1,12}(?: ?[KM]B)?$/i.test(String(given)), sizeProblem)),
  z.transform((given) => Number.parseInt(String(given), 10) * unitOf(String(given))),
);

function unitOf(said: string): number {
  if (/M/i.test(said)) return 1_048_576;
  return /K/i.test(said) ? 1_024 : 1;
}

export const ruleName = z
  .string('expected a name')
  .check(z.regex(/^[\w .-]{1,64}$/, 'expected a name of letters, digits, space, ., _ and -'));

const languageProblem = "expected a language such as en, de or pt-BR, or 'from-message'";
export const language = z.string(languageProblem).check(z.refine(isLanguage, languageProblem));
const zoneProblem = 'expected a time zone such as Europe/Berlin';
export const zone = z.string(zoneProblem).check(z.refine(isZone, zoneProblem));

const imageTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;
const base64Problem = 'expected base64 of at most 400,000 characters';
const image = mapping({
  type: choice(...imageTypes),
  base64: z.pipe(
    z.string(base64Problem),
    z.pipe(
      z.transform((text: string) => text.replaceAll(/\s/g, '')),
      z
        .string()
        .check(z.refine((text) => text.length <= 400_000 && /^[A-Za-z0-9+/]+={0,2}$/.test(text), base64Problem)),
    ),
  ),
});
const imageName = z.string().check(z.regex(/^[\w.-]{1,64}$/, 'expected letters, digits, ., _ and -'));
export const images = z.record(imageName, image, 'expected a mapping of pictures');
