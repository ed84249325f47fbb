import { limits } from '../capabilities/limits.ts';

/*
 * Natives that run for minutes on a long text or a sparse array, where no time limit reaches them, refuse what is too
 * long. Each gets a wrapper of its own with its own number of arguments, because one wrapper for all, or rest
 * arguments, cost mail-parsing code a factor of seven (sandbox.md §5.5). RegExp.prototype is never touched, for the
 * same reason. A getter that answers two lengths gets past them: the process around the isolate is the wall.
 */

/** What is checked first, as text; `$` is the name. It may give `self` and the arguments other values. */
const checks = {
  /** An array, or what looks like one. */
  list: `if (self.length > most) tooLong('$', 'elements', most);`,
  text: `if (typeof self !== 'string') self = textOf(self);
    if (self != null && self.length > longest) tooLong('$', 'characters', longest);`,
  repeat: `self = textOf(self); a = toNumber(a);
    if (self != null && self.length * a > longest) tooLong('$', 'characters', longest);`,
  pad: `a = toNumber(a); if (a > longest) tooLong('$', 'characters', longest);`,
  parse: `a = textOf(a); if (a != null && a.length > longest) tooLong('$', 'characters', longest);`,
  argument: `if (sizeOf(a) > most) tooLong('$', 'elements', most);`,
  arrayLike: `if (a != null && a.length > most) tooLong('$', 'elements', most);`,
  raw: `if (a != null && a.raw != null && a.raw.length > most) tooLong('$', 'elements', most);`,
} as const;

type Check = keyof typeof checks;
const guarded: readonly (readonly [holder: string, check: Check, arity: number, names: string])[] = [
  ['Array.prototype', 'list', 0, 'reverse shift toLocaleString toReversed'],
  ['Array.prototype', 'list', 1, 'flat join sort toSorted'],
  ['Array.prototype', 'list', 2, 'every filter find findIndex findLast findLastIndex flatMap forEach map some'],
  ['Array.prototype', 'list', 2, 'includes indexOf lastIndexOf reduce reduceRight slice with'],
  ['Array.prototype', 'list', 3, 'copyWithin fill'],
  ['Array.prototype', 'list', -1, 'concat splice toSpliced unshift'],
  ['String.prototype', 'text', 2, 'lastIndexOf localeCompare replace replaceAll split'],
  ['String.prototype', 'text', 1, 'match matchAll normalize search toLocaleLowerCase toLocaleUpperCase'],
  ['String.prototype', 'text', 0, 'isWellFormed toLowerCase toUpperCase toWellFormed'],
  ['String.prototype', 'repeat', 1, 'repeat'],
  ['String.prototype', 'pad', 2, 'padEnd padStart'],
  ['String', 'raw', -1, 'raw'],
  ['JSON', 'parse', 2, 'parse'],
  ['JSON', 'argument', 3, 'stringify'],
  ['Object', 'argument', 2, 'defineProperties groupBy'],
  ['Object', 'argument', 1, 'entries freeze fromEntries getOwnPropertyDescriptors getOwnPropertyNames isFrozen'],
  ['Object', 'argument', 1, 'getOwnPropertySymbols isSealed keys seal values'],
  ['Object', 'argument', -1, 'assign'],
  ['Reflect', 'argument', 1, 'ownKeys'],
  ['Map', 'argument', 2, 'groupBy'],
  ['Array', 'arrayLike', 3, 'from fromAsync'],
  ['Promise', 'argument', 1, 'all allSettled any race'],
];

const letters = ['a', 'b', 'c'];
/** To all others an argument that is left out is the same as undefined. */
const exact = new Set(['lastIndexOf', 'reduce', 'reduceRight']);

function wrapper(check: Check, arity: number, name: string): string {
  const named = letters.slice(0, Math.max(arity, 1));
  const before = checks[check].replaceAll('$', name);
  const cases = exact.has(name)
    ? letters
        .slice(0, arity)
        .map((_, at) => `if (arguments.length <= ${at}) return apply(native, self, [${letters.slice(0, at).join()}]);`)
    : [];
  const call = arity < 0 ? 'apply(native, self, args)' : `apply(native, self, [${letters.slice(0, arity).join()}])`;
  const [parameters, start] = arity < 0 ? ['...args', 'let a = args[0];'] : [named.join(), ''];
  const checkArguments =
    arity < 0
      ? `for (let at = 0; at < args.length; at += 1) if (sizeOf(args[at]) > most) tooLong('${name}', 'elements', most);`
      : '';
  return `({ ${name}(${parameters}) { let self = this; ${start} ${before} ${checkArguments} ${cases.join(' ')} return ${call}; } }).${name}`;
}

/** Statements that put the wrappers in place; part of the startup snapshot, after the bridge took its natives. */
export const guardsScript = `
const { apply, defineProperty } = Reflect;
const NativeRangeError = RangeError;
const { isArray } = Array;
const { isView } = ArrayBuffer;
const most = ${limits.elements}, longest = ${limits.characters};
const tooLong = (name, what, limit) => { throw new NativeRangeError(name + ': at most ' + limit + ' ' + what + ' in a sink'); };
const textOf = (value) => value == null || typeof value === 'symbol' ? value : \`\${value}\`;
const toNumber = (value) => +value;
const sizeOf = (value) => typeof value === 'string' || isArray(value) || isView(value) ? value.length : 0;
const guard = (holder, name, wrap) => {
  const native = holder[name];
  if (typeof native !== 'function') return;
  const wrapped = wrap(native);
  defineProperty(wrapped, 'length', { value: native.length });
  defineProperty(holder, name, { value: wrapped, writable: true, enumerable: false, configurable: true });
};
${guarded
  .flatMap(([holder, check, arity, names]) =>
    names.split(' ').map((name) => `guard(${holder}, '${name}', (native) => ${wrapper(check, arity, name)});`),
  )
  .join('\n')}`;
