/**
 * Globals of JavaScript a sink does not find, and why. They are gone, not replaced: code that asks `typeof` before it
 * uses one goes another way.
 */
export const missing = {
  WebAssembly: 'machine code cannot be made while it runs',
  SharedArrayBuffer: 'there is no memory to share',
  Atomics: 'there is no memory to share',
  Intl: 'format text and dates yourself, or ask the core to',
  Temporal: 'use Date and numbers of milliseconds',
  WeakRef: 'nothing is told when memory is freed',
  FinalizationRegistry: 'nothing is told when memory is freed',
  BigInt64Array: 'there are no big integers; use numbers or strings',
  BigUint64Array: 'there are no big integers; use numbers or strings',
} as const;

/** Globals that are there and refuse to be called, because nobody asks whether they are. */
export const refused = {
  eval: 'code cannot be made from text',
  Function: 'code cannot be made from text',
  setTimeout: 'declare a timer in the manifest and handle onTimer',
  setInterval: 'declare a timer in the manifest and handle onTimer',
  setImmediate: 'declare a timer in the manifest and handle onTimer',
} as const;

/** As V8 says it, and QuickJS. */
const undefinedName = /^ReferenceError: '?(\w+)'? is not defined/;

/** A method that is not there: most often because the value is still a promise. */
const noMethod = /^TypeError: [^\n]{0,150}\.\w+ is not a function/;

/** @returns the text of an error, saying of a global that is missing why it is, and of a method what it may be */
export function explainMissing(text: string): string {
  const method = noMethod.exec(text.slice(0, 250))?.[0];
  if (method !== undefined)
    return `${method} (a promise has no such function: write \`await\` before what gives it)${text.slice(method.length)}`;
  const name = undefinedName.exec(text.slice(0, 200))?.[1] ?? '';
  return isMissing(name) ? text.replace(undefinedName, () => `ReferenceError: ${sayMissing(name)}`) : text;
}

/** What a sink that meets it is told. */
function sayMissing(name: keyof typeof missing): string {
  return `${name} is not available in a sink: ${missing[name]}`;
}

function isMissing(name: string): name is keyof typeof missing {
  return Object.hasOwn(missing, name);
}
