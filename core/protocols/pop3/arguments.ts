/** Reads all arguments of a command from what follows its keyword. @returns null for a mistake in syntax */
export type Arguments<Values extends readonly unknown[]> = (rest: string) => Values | null;

/** Reads one argument. @returns null when it is not what the command takes */
type Argument<T> = (word: string) => T | null;

const number: Argument<number> = (word) => (/^[1-9]\d{0,9}$/.test(word) ? Number(word) : null);
const count: Argument<number> = (word) => (/^\d{1,10}$/.test(word) ? Number(word) : null);
const name: Argument<string> = (word) => (/^[^\s\0]+$/.test(word) ? word : null);

/** No arguments. */
export const none: Arguments<readonly []> = (rest) => (rest.trimEnd() === '' ? [] : null);

/** A name without spaces: `USER name`. */
export const oneName: Arguments<readonly [string]> = (rest) => one(name, rest);

/** A message number, whether or not there is such a message: `RETR msg`. */
export const oneMessage: Arguments<readonly [number]> = (rest) => one(number, rest);

/** A message number, or null when the command came without one: `LIST [msg]`. */
export const anyMessage: Arguments<readonly [number | null]> = (rest) =>
  rest.trimEnd() === '' ? [null] : one(number, rest);

/** A message number and a count of lines, 0 for none: `TOP msg n`. */
export const messageAndLines: Arguments<readonly [number, number]> = (rest) => {
  const [first = '', second = '', ...more] = rest.trimEnd().split(' ');
  const [message, lines] = [number(first), count(second)];
  return message === null || lines === null || more.length > 0 ? null : [message, lines];
};

/** A SASL mechanism, and its first message in base64 or null: `AUTH mechanism [initial-response]`. */
export const mechanismAndResponse: Arguments<readonly [string, string | null]> = (rest) => {
  const [, mechanism, initial] = /^([A-Za-z0-9_-]{1,20})(?: (\S+))?$/.exec(rest.trimEnd()) ?? [];
  return mechanism === undefined ? null : [mechanism, initial ?? null];
};

/** All that follows the keyword and one space, spaces included (RFC 1939 §7, PASS). */
export const everything: Arguments<readonly [string]> = (rest) => (rest === '' ? null : [rest]);

function one<T>(argument: Argument<T>, rest: string): readonly [T] | null {
  const value = argument(rest.trimEnd());
  return value === null ? null : [value];
}
