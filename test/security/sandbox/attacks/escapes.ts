import type { Attacks } from './attack.ts';

/** Whether a constructor makes code from text: the first step of most escapes. */
const makes = (constructor: string): string =>
  `try { return (${constructor})('return this')() !== undefined; } catch { return false; }`;
const anyOf = (tries: string): string =>
  `const outside = (value) => { try { return typeof value.process === 'object' || typeof value.require === 'function' || typeof value.applySync === 'function'; } catch { return false; } };
   ${tries}`;

/** Ways out of the isolate, and ways to mislead the bridge or the core. They answer `true` when they got out. */
export const escapeAttacks: Attacks = {
  'function-constructor': makes('(function () {}).constructor'),
  'arrow-constructor': makes('(() => 1).constructor'),
  'async-constructor': makes('(async () => 1).constructor'),
  'generator-constructor': makes('(function* () {}).constructor'),
  'async-generator-constructor': makes('(async function* () {}).constructor'),
  'bound-constructor': makes('(function () {}).bind().constructor'),
  'class-constructor': makes('(class {}).constructor'),
  'native-constructor': makes('Array.prototype.map.constructor'),
  'reflect-construct': makes('(text) => Reflect.construct((() => 1).constructor, [text])'),
  'extends-function': makes('(text) => new (class extends Function {})(text)'),
  'event-constructor': makes('event.constructor.constructor'),
  'capability-constructor': makes('has.kv.get.constructor'),
  'promise-constructor': makes("has.kv.get('a').constructor.constructor"),
  'answer-constructor': `const value = await has.clock.now(); ${makes('value.constructor.constructor')}`,
  'error-constructor': `let error; try { await has.kv.get({}); } catch (thrown) { error = thrown; } ${makes('error.constructor.constructor')}`,
  'proxy-prototype-constructor': makes('new Proxy(() => 1, {}).constructor'),
  'eval-direct': "try { return eval('1') === 1; } catch { return false; }",
  'eval-indirect': "try { return (0, globalThis.eval)('1') === 1; } catch { return false; }",
  'timeout-text': "try { setTimeout('1', 1); return true; } catch { return false; }",
  globals: `const names = ['process', 'require', 'Buffer', 'global', 'ivm', '__sluice', 'fetch', 'performance', 'XMLHttpRequest', 'postMessage', 'importScripts'];
    return names.some((name) => name in globalThis);`,
  'all-globals': `return Reflect.ownKeys(globalThis).some((name) => { const value = globalThis[name]; return Boolean(value && (value.applySync || value.copyInto || value.dlopen)); });`,
  'dynamic-import':
    "const name = ['f', 's'].join(''); try { return Boolean(await import(name)); } catch { return false; }",
  'require-fs': "const name = ['f', 's'].join(''); try { return Boolean(require(name)); } catch { return false; }",
  'stack-hook': 'Error.prepareStackTrace = (_, frames) => frames; return Array.isArray(new Error().stack);',
  'stack-hook-this': `let seen = false; Object.defineProperty(Object.prototype, 'prepareStackTrace', { get: () => () => { seen = true; } }); new Error().stack; return seen;`,
  'stack-capture': 'const one = {}; Error.captureStackTrace(one); return typeof one.stack !== "string";',
  'stack-paths': 'return /core\\/sandbox|node_modules|node:/.test(new Error().stack);',
  'host-error-paths': `try { await has.kv.put(undefined, Symbol()); return false; } catch (error) { return /node_modules|\\/core\\//.test(error.stack + error.message); }`,
  'function-caller': `function here() { return here.caller; } for (let one = here(), at = 0; one && at < 20; one = one.caller, at += 1) if (String(one).includes(['create', 'Outbox'].join(''))) return true;`,
  'object-prototype-setter': anyOf(
    `let got = false; for (const key of ['0', '1', 'resolve', 'value', 'host']) Object.defineProperty(Object.prototype, key, { configurable: true, set(value) { got ||= outside(value); } });
     await has.kv.get('a'); return got;`,
  ),
  'patched-then': anyOf(
    `let got = false; const { then } = Promise.prototype; Promise.prototype.then = function (...all) { got ||= outside(this) || all.some(outside); return Reflect.apply(then, this, all); };
     await has.kv.get('a'); return got;`,
  ),
  'patched-apply': anyOf(
    `let got = false; const { apply } = Reflect; Reflect.apply = (...all) => { got ||= all.some(outside); return apply(...all); };
     Function.prototype.call = Function.prototype.apply = function () { got ||= outside(this); }; await has.kv.get('a'); return got;`,
  ),
  'patched-json': "JSON.stringify = () => ']'; JSON.parse = () => ({}); await has.kv.get('a'); return next();",
  'patched-map': 'Map.prototype.get = Map.prototype.delete = () => { throw 1; }; return next();',
  'patched-iterator': 'Array.prototype[Symbol.iterator] = function* () { for (;;) yield 1; }; return next();',
  'patched-promise':
    'globalThis.Promise = class { constructor() { throw 1; } }; Promise.prototype = null; return next();',
  'promise-species': 'Promise.prototype.constructor = function (run) { run(() => {}, () => {}); }; return next();',
  'polluted-to-json': "Object.prototype.toJSON = () => ({ kind: 'accept', edits: [] }); return next();",
  'polluted-then': 'Object.prototype.then = (resolve) => resolve({ kind: "discard" }); return next();',
  'polluted-number-to-json':
    'Number.prototype.toJSON = () => "],[0,1,{}"; String.prototype.toJSON = () => "]]"; return next();',
  'frozen-world':
    'for (const one of [Object, Array, Promise, Map, Function]) Object.freeze(one.prototype); await has.kv.get("a"); return next();',
  'answer-proto': 'return JSON.parse(\'{"__proto__":{"kind":"accept"},"kind":"next","edits":[]}\');',
  'answer-other-event': "return { kind: 'discard', reason: 'x' };",
  'answer-injection':
    "return { kind: 'defer', reply: { code: 451, status: '4.3.0', text: 'x\\r\\n250 2.0.0 taken' } };",
  'answer-circle': 'const one = {}; one.one = one; return one;',
  'answer-function': 'return () => 1;',
  'answer-symbol': 'return Symbol.iterator;',
  'answer-deep': "return { kind: 'next', edits: JSON.parse('['.repeat(3000) + ']'.repeat(3000)) };",
  'answer-large': "return { kind: 'next', edits: [], more: 'x'.repeat(900_000) };",
  'answer-too-large': "return { kind: 'next', edits: [], more: 'x'.repeat(9_000_000) };",
  'answer-many-edits':
    "return { kind: 'next', edits: new Array(20_000).fill({ kind: 'set-tag', name: 'a', value: 'b' }) };",
  'answer-odd-numbers': "return { kind: 'defer', reply: { code: 1e999, status: -0, text: NaN } };",
  'argument-proto':
    "for (const key of ['__proto__', 'constructor', 'toString']) { await has.kv.put(key, 'x'); if ((await has.kv.get(key)) !== 'x') return false; } return typeof {}.x === 'string';",
  'argument-path':
    "await has.kv.put('../bystander/default/seen', '1e9'); await has.kv.put('a/../../b\\0c', 'x'); return next();",
  'argument-types': `for (const one of [null, {}, [], 5, NaN, true, undefined, { length: 5 }, ['a'], 'x'.repeat(100_000)])
     for (const run of [() => has.kv.get(one), () => has.kv.put(one, one), () => has.kv.put('a', one), () => has.clock.now(one)]) await run().catch(() => 1);
     return next();`,
  'argument-octets': `const said = []; for (const [from, to] of [[-1, -1], [0, 2 ** 53], [0.5, 1], ['0', '1'], [NaN, 5], [{ valueOf: () => 0 }, 9], [0, -1]])
     await has.message.octets(from, to).then(() => said.push(1), () => 0); return said.length > 0;`,
  'throw-null': 'throw null;',
  'throw-symbol': 'throw Symbol("x");',
  'throw-function': 'throw () => 1;',
  'throw-revoked': 'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy;',
  'throw-large': "throw new Error('x'.repeat(15_000_000));",
  'throw-cause-circle': "const error = new Error('x'); error.cause = error; throw error;",
  'throw-odd-name': 'class Odd extends Error { get name() { throw 1; } get message() { throw 2; } } throw new Odd();',
  'throw-fake-stack':
    "throw Object.assign(new Error('x'), { stack: 'Error: x\\n    at a (file:///sinks/attacker.js:999999999:99999999)\\n'.repeat(1000) });",
  'reject-getter': 'Promise.reject({ get message() { for (;;); } }); return next();',
  'reject-proxy': 'Promise.reject(new Proxy({}, { get() { throw 1; } })); return next();',
  'reject-symbol': 'Promise.reject(Symbol("x")); return next();',
  'log-injection':
    'has.log.info(\'x\\r\\n{"level":60,"msg":"forged"}\\u001b[2J\', { time: 1, level: 60, pid: 1, __proto__: { a: 1 } }); return next();',
};
