import type { Attacks } from './attack.ts';

/** Much of what is allowed. */
export const floodAttacks: Attacks = {
  'calls-at-once': "for (let at = 0; at < 10_000; at += 1) has.kv.get('a').catch(() => 1); return next();",
  'calls-awaited': "for (let at = 0; at < 10_000; at += 1) await has.kv.get('a');",
  'calls-refused': "for (let at = 0; at < 100_000; at += 1) await has.kv.get('a').catch(() => 1);",
  'calls-not-awaited': "has.kv.put('late', '1'); has.kv.get('late').then(() => { for (;;); }); return next();",
  'calls-large':
    "for (let at = 0; at < 16; at += 1) has.kv.put('a' + at, 'x'.repeat(1_000_000)).catch(() => 1); return next();",
  'calls-filling':
    "for (let at = 0; at < 40; at += 1) await has.kv.put('fill' + at, 'x'.repeat(20_000)).catch(() => 1); return next();",
  'log-lines': "for (let at = 0; at < 100_000; at += 1) has.log.info('line ' + at); return next();",
  'log-for-ever': "for (;;) has.log.info('x');",
  'log-large': "has.log.info('x'.repeat(10_000_000)); return next();",
  'log-deep':
    "let one = {}; for (let at = 0; at < 2000; at += 1) one = { one }; has.log.info('x', one); return next();",
  'console-for-ever': 'for (;;) console.error(new Error("x"));',
  'console-large': "console.log('x'.repeat(10_000_000)); return next();",
  'promises-made': 'for (let at = 0; at < 1e6; at += 1) Promise.resolve(at); return next();',
  'promises-rejected': 'for (let at = 0; at < 1e5; at += 1) Promise.reject(at); return next();',
  'promises-raced':
    'const one = new Promise(() => {}); for (let at = 0; at < 1e4; at += 1) Promise.race([one, at]); return next();',
  'work-after-answer':
    'Promise.resolve().then(() => Promise.resolve()).then(() => Promise.resolve()).then(() => { for (;;); }); return next();',
  'state-leak': 'for (let at = 0; at < 10_000; at += 1) state.push({ at }); return next();',
};
