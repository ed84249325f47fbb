import { Liquid, TokenKind, type Template } from 'liquidjs';
import { escapeHtml } from './html.ts';
import { writeDate } from './language.ts';
import { isKnown, type Values } from './values.ts';

/**
 * What stands for a value where only the words of the template itself matter: a private character no template has,
 * and no mail (RFC 3629 allows it, nobody has a picture of it).
 */
export const gap = '\ue000';

/** A template, read. Rendering is bounded in time, memory and length. */
export type Reading = {
  /**
   * @param escape whether values go into HTML
   * @throws Error naming the template's line when a filter or a limit fails
   */
  render(values: Values, escape: boolean): string;
  /** Only the words of the template that these values would show, `gap` between them. */
  words(values: Values): string;
  /** The words it shows whatever the values are. */
  readonly always: string;
  /** Full names of its variables: `sender.title`. */
  readonly uses: ReadonlySet<string>;
};

/** Milliseconds, and units of liquidjs: many times what a page of text takes. */
const limits = { parseLimit: 200_000, renderLimit: 50, memoryLimit: 2_000_000 };
const longest = 200_000;
/** Tags that read other templates: there are none. */
const foreign = ['include', 'render', 'layout', 'block'];

const engines = {
  plain: createEngine((value) => textOf(value)),
  html: createEngine((value) => escapeHtml(textOf(value))),
  gaps: createEngine(() => gap),
};

/**
 * Reads a template.
 *
 * @source https://shopify.github.io/liquid; values that are missing are nil, so `default` and `if` see it
 * @throws Error saying what is wrong and in which line
 */
export function readTemplate(source: string): Reading {
  const parsed = {
    plain: engines.plain.parse(source),
    html: engines.html.parse(source),
    gaps: engines.gaps.parse(source),
  };
  const run = (kind: keyof typeof engines, values: Values): string => {
    const text: unknown = engines[kind].renderSync(parsed[kind], values);
    if (typeof text === 'string' && text.length <= longest) return text;
    throw new Error(`the text is longer than ${longest} characters`);
  };
  return {
    render: (values, escape) => run(escape ? 'html' : 'plain', values),
    words: (values) => run('gaps', values),
    always: parsed.gaps.map(literalOf).join(''),
    uses: new Set(variablesOf(parsed.plain)),
  };
}

/** What is wrong with a template, in words; null when nothing is. An unknown variable would go out to everybody as nothing. */
export function findProblem(source: string): string | null {
  if (source.includes(gap)) return 'has a character U+E000';
  try {
    const stray = variablesOf(engines.plain.parse(source)).find((name) => !isKnown(name));
    return stray === undefined
      ? null
      : `unknown variable {{${stray.slice(0, 40)}}}; README.md beside the sink lists them`;
  } catch (thrown) {
    return firstLine(thrown);
  }
}

const variablesOf = (parsed: Template[]): readonly string[] =>
  engines.plain.globalVariableSegmentsSync(parsed).map((path) => path.map(String).join('.'));

/** The text of an error of liquidjs without its drawing of the template. */
export function firstLine(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return (text.split('\n', 1)[0] ?? '').slice(0, 300);
}

/**
 * @param escape what every value goes through before it is written. There is no way around it: values come from the
 *   mail, and nobody vouches for them. `raw` and `escape` therefore do nothing.
 */
function createEngine(escape: (value: unknown) => string): Liquid {
  const engine = new Liquid({
    ...limits,
    outputEscape: escape,
    strictFilters: true,
    jsTruthy: true,
    ownPropertyOnly: true,
    templates: {},
  });
  for (const tag of foreign) delete engine.tags[tag];
  for (const filter of ['raw', 'escape', 'escape_once', 'xml_escape'])
    engine.registerFilter(filter, (value: unknown) => value);
  engine.registerFilter('newline_to_br', {
    raw: true,
    handler: (value: unknown) => escape(value).replaceAll('\n', '<br>\n'),
  });
  engine.registerFilter('local_date', function writeLocal(value: unknown, style: unknown) {
    return writeDate(textOf(value), textOf(this.context.getSync(['language'])), textOf(style));
  });
  return engine;
}

/** Lists are written one after the other, mappings not at all. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? value.map(textOf).join('') : '';
}

const literalOf = ({ token }: Template): string =>
  token.kind === TokenKind.HTML
    ? 'getContent' in token && typeof token.getContent === 'function'
      ? String(token.getContent())
      : token.getText()
    : gap;
