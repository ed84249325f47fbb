import { textOfHtml } from './html.ts';
import { gap } from './template.ts';

/** Characters looked at from each end: a message of megabytes must not cost the sink its time. */
const reach = 256 * 1_024;
/** Fewer letters and digits than this say too little to recognise a disclaimer by. */
const telling = 12;

/** What a disclaimer is recognised by: its own words in their order, whatever stands between them. */
export type Fingerprint = {
  readonly pieces: readonly string[];
  /** Letters and digits in all pieces. */
  readonly length: number;
  /** Its longest word of Latin letters, in the case it was written: nobody breaks a line inside one. */
  readonly word: string;
};

/** @param words with `gap` where values stand */
export function fingerprintOf(words: string): Fingerprint {
  const pieces = words
    .split(gap)
    .map(normalise)
    .filter((piece) => piece !== '');
  const found = words.match(/[A-Za-z]{5,}/g) ?? [];
  return {
    pieces,
    length: pieces.reduce((sum, piece) => sum + piece.length, 0),
    word: found.reduce((longest, word) => (word.length > longest.length ? word : longest), ''),
  };
}

export const isTelling = ({ length }: Fingerprint): boolean => length >= telling;

/**
 * Whether the disclaimer is in a text already, whoever put it there and whatever the variables were then (a quoted one
 * has another sender). Only letters and digits count, in lower case: lines broken anew, quote marks, curly quotes,
 * bullets, emphasis and the addresses a mail program writes behind links change nothing. A header field or a comment
 * can be forged or lost; words that are read are there.
 */
export function isPresent(text: string, { pieces, word }: Fingerprint): boolean {
  if (pieces.length === 0 || !text.includes(word)) return false;
  const given = normalise(ends(text));
  let at = 0;
  return pieces.every((piece) => {
    const found = given.indexOf(piece, at);
    at = found + piece.length;
    return found >= 0;
  });
}

/** The same for the source of an HTML part. */
export function isPresentInHtml(html: string, fingerprint: Fingerprint): boolean {
  if (fingerprint.word !== '' && !html.includes(fingerprint.word)) return false;
  return isPresent(textOfHtml(ends(html)), fingerprint);
}

/** Whether a text or source of HTML ends with exactly what would be added. */
export function endsWith(
  text: string,
  form: 'plain' | 'html',
  added: Readonly<Record<'plain' | 'html', string>>,
): boolean {
  const read = (source: string): string => normalise(form === 'html' ? textOfHtml(source) : source);
  const wanted = read(added[form]);
  return wanted !== '' && read(text.slice(-reach)).endsWith(wanted);
}

/** LIMIT: words in the middle of more than 512 K characters are not found. */
function ends(text: string): string {
  return text.length <= 2 * reach ? text : `${text.slice(0, reach)}\n${text.slice(-reach)}`;
}

/** Addresses in brackets go, then everything that is no letter or digit. */
function normalise(text: string): string {
  return text
    .replaceAll(/[<[(]\s?(?:https?|mailto):[^<>[\]()\s]{1,2000}\s?[>\])]/gi, '')
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '');
}
