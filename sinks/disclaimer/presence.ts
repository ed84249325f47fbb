import { textOfHtml } from './html.ts';
import { fill, type Template, type Values } from './template.ts';

/** Characters looked at from each end: a message of megabytes must not cost the sink its time. */
const reach = 256 * 1_024;
/** Fewer characters than this say too little to recognise a disclaimer by. */
const telling = 12;

/**
 * Whether the disclaimer is in a text already, whoever put it there: by its own words in their order, whatever the variables
 * were then (a quoted one has another sender), however lines were broken and quoted since. A header field or a
 * comment can be forged or lost; words that are read are there.
 */
export function isPresent(text: string, template: Template, values: Values): boolean {
  if (!text.includes(tellingWord(template))) return false;
  const words = template.flatMap((piece) => (typeof piece === 'string' ? [normalise(piece)] : []));
  const literal = words.reduce((sum, { length }) => sum + length, 0);
  const wanted = literal >= telling ? words : [normalise(fill(template, values, String))];
  const given = normalise(ends(text));
  let at = 0;
  return wanted.every((piece) => {
    const found = given.indexOf(piece, at);
    at = found + piece.length;
    return found >= 0;
  });
}

/** Its longest word of Latin letters: nobody breaks a line inside one, so a text without it needs no closer look. */
function tellingWord(template: Template): string {
  const words = template.flatMap((piece) => (typeof piece === 'string' ? (piece.match(/[A-Za-z]{5,}/g) ?? []) : []));
  return words.reduce((longest, word) => (word.length > longest.length ? word : longest), '');
}

/** The same for the source of an HTML part; the template is that of the text in it. */
export function isPresentInHtml(html: string, template: Template, values: Values): boolean {
  return isPresent(textOfHtml(ends(html)), template, values);
}

/** LIMIT: words in the middle of more than 512 K characters are not found. */
function ends(text: string): string {
  return text.length <= 2 * reach ? text : `${text.slice(0, reach)}\n${text.slice(-reach)}`;
}

/** Quote marks at the start of lines go, and all white space counts the same: none, as lines may break anywhere. */
function normalise(text: string): string {
  return text.replaceAll(/(^|\n)[ \t]*>[> \t]*/g, '\n').replaceAll(/\s+/g, '');
}
