import type { StandardSchema, TextPosition } from '@sluice/sdk';
import { htmlOfText, textOfHtml } from './html.ts';
import { parseTemplate, type Template } from './template.ts';

/** Address patterns, `*` for anything. Empty: no condition. */
export type When = {
  /** The address in From is one of these. */
  readonly sender: readonly string[];
  /** At least one recipient of the envelope is one of these. */
  readonly recipient: readonly string[];
  /** No recipient of the envelope is one of these. */
  readonly notRecipient: readonly string[];
};

export type Settings = {
  readonly plain: Template;
  readonly html: Template;
  /** What is read of `html`: for finding it again. */
  readonly htmlText: Template;
  readonly position: TextPosition;
  /** What to do with mail of lists and in bulk. */
  readonly lists: 'skip' | 'add';
  readonly when: When;
};

type Issue = { readonly message: string; readonly path: readonly string[] };
type Issues = Issue[];

const longest = { text: 20_000, html: 100_000 };
const keys = ['text', 'html', 'position', 'lists', 'when'];
const whenKeys = ['sender', 'recipient', 'notRecipient'];
const empty: Template = [];

/**
 * The settings of one binding, checked without a library: zod/mini alone is larger (36 KB) than this whole sink with
 * the SDK (21 KB), and every isolate would load it. One of `text` and `html` is enough, the other is derived from it.
 */
export const settings: StandardSchema<Settings> = {
  '~standard': {
    version: 1,
    vendor: 'sluice-disclaimer',
    validate(given) {
      const issues: Issues = [];
      const value = readSettings(given, issues);
      return issues.length > 0 ? { issues } : { value };
    },
  },
};

function readSettings(given: unknown, issues: Issues): Settings {
  const said = readMapping(given, keys, [], issues);
  const text = readText(said, 'text', issues);
  const html = readText(said, 'html', issues);
  if (text === null && html === null && issues.length === 0) {
    issues.push({ message: 'expected text, html, or both', path: [] });
  }
  const source = html ?? htmlOfText(text ?? '');
  return {
    plain: readTemplate(text ?? textOfHtml(source).trim(), text === null ? 'html' : 'text', issues),
    html: readTemplate(source, html === null ? 'text' : 'html', issues),
    htmlText: readTemplate(textOfHtml(source), 'html', []),
    position: readChoice(said, 'position', ['after', 'before', 'below-newest-reply'], issues),
    lists: readChoice(said, 'lists', ['skip', 'add'], issues),
    when: readWhen(said.get('when'), issues),
  };
}

function readWhen(given: unknown, issues: Issues): When {
  const said = readMapping(given ?? {}, whenKeys, ['when'], issues);
  const [sender = [], recipient = [], notRecipient = []] = whenKeys.map((key) => readPatterns(said, key, issues));
  return { sender, recipient, notRecipient };
}

function readMapping(given: unknown, known: readonly string[], path: readonly string[], issues: Issues) {
  const isMapping = typeof given === 'object' && given !== null && !Array.isArray(given);
  if (!isMapping) issues.push({ message: 'expected a mapping', path });
  const said = new Map<string, unknown>(isMapping ? Object.entries(given) : []);
  for (const key of said.keys()) {
    if (!known.includes(key)) issues.push({ message: `unknown; known: ${known.join(', ')}`, path: [...path, key] });
  }
  return said;
}

function readText(said: ReadonlyMap<string, unknown>, key: 'text' | 'html', issues: Issues): string | null {
  const given = said.get(key);
  if (given === undefined || given === null) return null;
  if (typeof given === 'string' && given.trim() !== '' && given.length <= longest[key]) {
    return given.replaceAll('\r\n', '\n').trimEnd();
  }
  issues.push({ message: `expected a text of 1 to ${longest[key]} characters`, path: [key] });
  return null;
}

function readTemplate(source: string, key: string, issues: Issues): Template {
  const reading = parseTemplate(source);
  if (reading.kind === 'template') return reading.template;
  if (!issues.some(({ message }) => message === reading.text)) issues.push({ message: reading.text, path: [key] });
  return empty;
}

function readChoice<T extends string>(
  said: ReadonlyMap<string, unknown>,
  key: string,
  choices: readonly [T, ...T[]],
  issues: Issues,
): T {
  const given = said.get(key) ?? choices[0];
  const choice = choices.find((one) => one === given);
  if (choice === undefined) issues.push({ message: `expected one of ${choices.join(', ')}`, path: [key] });
  return choice ?? choices[0];
}

function readPatterns(said: ReadonlyMap<string, unknown>, key: string, issues: Issues): readonly string[] {
  const given = said.get(key) ?? [];
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  const patterns = list.filter((one) => typeof one === 'string' && /[@*]/.test(one) && one.length <= 320);
  if (patterns.length < list.length || list.length > 1_000) {
    issues.push({ message: 'expected addresses, with * for anything, such as *@example.com', path: ['when', key] });
  }
  return patterns.map(String);
}
