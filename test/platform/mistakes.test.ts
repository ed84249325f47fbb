import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSinkFolders } from '../../core/sandbox/sink-folder.ts';
import { formatProblem } from '../../core/sandbox/problem.ts';
import { parseSource } from '../../core/config/source.ts';
import { openTrial } from '../../core/workshop/trial.ts';
import { contextOf, payloadOf } from '../../sdk/testing/testing.ts';

const before = process.cwd();
let home: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'sluice-mistakes-'));
  process.chdir(home);
  mkdirSync('node_modules/needs-node', { recursive: true });
  writeFileSync('node_modules/needs-node/package.json', '{ "name": "needs-node", "main": "index.js" }');
  writeFileSync('node_modules/needs-node/index.js', "module.exports = require('net').connect;\n");
  mkdirSync('node_modules/needs-that', { recursive: true });
  writeFileSync('node_modules/needs-that/index.js', "module.exports = require('needs-node');\n");
});
afterAll(() => {
  process.chdir(before);
  rmSync(home, { recursive: true, force: true });
});

const about = "name: 'wrong', version: '1.0.0', description: '', role: 'decides'";
const start = "import { defineSink, next, reject } from '@sluice/sdk';\n";

/** What an author is told who loads this, and gives it an event: `file:line:column: text`, as `sluice sink try` says it. */
async function mistake(source: string): Promise<string> {
  const folder = join(home, 'sinks/wrong');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'sink.ts'), source);
  const opened = await openTrial({ folder, host: () => async () => null });
  if (opened.kind === 'problems') return opened.problems.join('\n');
  await using trial = opened.trial;
  const { payload } = payloadOf('onRcpt');
  const tried = await trial.fire({ event: 'onRcpt', payload, context: contextOf(), octets: null });
  const [first = ''] = (tried.failure?.text ?? 'no failure').split('\n', 1);
  return `${tried.failure?.at}: ${first}`;
}

test.for([
  [
    'no default export',
    `${start}export const sink = defineSink({ ${about}, onRcpt: () => next() });\n`,
    'sinks/wrong/sink.ts:1:1: no default export: sink.ts must export default defineSink({ … })',
  ],
  [
    'work that waits while it loads',
    `${start}const words = await fetch('https://example.com');\nexport default defineSink({ ${about} });\n`,
    `sinks/wrong/sink.ts:2:15: a sink cannot wait while it loads: do that in onLoad, or when the first event comes
  2 | const words = await fetch('https://example.com');
    |               ^^^^^`,
  ],
  [
    'a missing await',
    `${start}export default defineSink({ ${about}, needs: ['kv'],
  onRcpt(_, { kv }) {
    const why = kv.get('why');
    return reject(why);
  } });\n`,
    'sinks/wrong/sink.ts:4:20: TypeError: kv.get() was not awaited: write `await kv.get(…)`',
  ],
  [
    'a missing await before a method',
    `${start}export default defineSink({ ${about}, needs: ['kv'],
  onRcpt(_, { kv }) {
    const why = kv.get('why');
    return reject(why.trim());
  } });\n`,
    'sinks/wrong/sink.ts:4:20: TypeError: kv.get() was not awaited: write `await kv.get(…)`',
  ],
  [
    'a missing await before a function of its own',
    `${start}const find = async () => 'why';
export default defineSink({ ${about}, onRcpt() {
    return reject(find().trim());
  } });\n`,
    'sinks/wrong/sink.ts:4:26: TypeError: find(...).trim is not a function (a promise has no such function: write `await` before what gives it)',
  ],
  [
    'an infinite loop',
    `${start}export default defineSink({ ${about},\n  onRcpt() {\n    for (;;) {}\n  } });\n`,
    'sinks/wrong/sink.ts:3:3: onRcpt used more than 100 ms of CPU: look for a loop that does not end',
  ],
  [
    'a wrong return shape',
    `${start}export default defineSink({ ${about},\n  onRcpt: () => ({ kind: 'reject', text: 'No' }) });\n`,
    'sinks/wrong/sink.ts:3:3: reply: Invalid input: expected object, received undefined; Unrecognized key: "text"; decisions are made with next(), accept(), reject(…), defer(…), drop(…), redirect(…), disconnect(…)',
  ],
  [
    'a boolean for an answer',
    `${start}export default defineSink({ ${about},\n  onRcpt: () => false });\n`,
    'sinks/wrong/sink.ts:3:3: the handler returned a boolean; return a decision: next(), accept(), reject(…), defer(…), drop(…), redirect(…), disconnect(…)',
  ],
  [
    'no return at all',
    `${start}export default defineSink({ ${about},\n  onRcpt() {} });\n`,
    'sinks/wrong/sink.ts:3:3: the handler returned nothing; end it with `return next();`',
  ],
  [
    'throwing a string',
    `${start}export default defineSink({ ${about},\n  onRcpt() {\n    throw 'no cats';\n  } });\n`,
    "sinks/wrong/sink.ts:3:3: no cats (throw new Error('…'), and the line is told; to refuse, return reject('…'))",
  ],
  [
    'importing fs',
    `import { readFileSync } from 'fs';\n${start}export default defineSink({ ${about}, onRcpt: readFileSync });\n`,
    `sinks/wrong/sink.ts:1:30: a sink cannot use Node's fs: it runs in a sandbox; ask for a capability in 'needs'
  1 | import { readFileSync } from 'fs';
    |                              ^^^^`,
  ],
  [
    'a package that needs Node',
    `import connect from 'needs-node';\n${start}export default defineSink({ ${about}, onRcpt: connect });\n`,
    `sinks/wrong/sink.ts:1:21: the package needs-node needs Node's net, and a sandbox has none: use another package, or ask for a capability in 'needs'
  1 | import connect from 'needs-node';
    |                     ^^^^^^^^^^^^`,
  ],
  [
    'a package whose dependency needs Node',
    `import connect from 'needs-that';\n${start}export default defineSink({ ${about}, onRcpt: connect });\n`,
    `sinks/wrong/sink.ts:1:21: the package needs-that needs Node's net, and a sandbox has none: use another package, or ask for a capability in 'needs'
  1 | import connect from 'needs-that';
    |                     ^^^^^^^^^^^^`,
  ],
  [
    'a package that is not installed',
    `import { z } from 'not-here';\n${start}export default defineSink({ ${about}, onRcpt: z });\n`,
    `sinks/wrong/sink.ts:1:19: there is no package not-here here: npm install not-here
  1 | import { z } from 'not-here';
    |                   ^^^^^^^^^^`,
  ],
  [
    'a syntax error',
    `${start}export default defineSink({ ${about},\n  onRcpt() {\n    return next(;\n  } });\n`,
    'sinks/wrong/sink.ts:4:17: Unexpected ";"\n  4 |     return next(;\n    |                 ^',
  ],
  [
    'Windows line ends',
    `${start}export default defineSink({ ${about},\n  onRcpt() {\n    throw new Error('on line four');\n  } });\n`.replaceAll(
      '\n',
      '\r\n',
    ),
    'sinks/wrong/sink.ts:4:11: Error: on line four',
  ],
  [
    "another name than its folder's",
    `${start}export default defineSink({ ${about.replace('wrong', 'right')}, onRcpt: () => next() });\n`,
    'sinks/wrong/sink.ts:1:1: name: the sink calls itself right, its folder wrong',
  ],
] as const)('%s is told with file, line and what to do', async ([, source, text]) => {
  expect(await mistake(source)).toBe(text);
});

test('of two sinks of one name the second is told, with its file', async () => {
  for (const parent of ['one', 'two']) {
    mkdirSync(join(home, parent, 'twin'), { recursive: true });
    writeFileSync(join(home, parent, 'twin/sink.ts'), 'export default 1;\n');
  }
  const folders = ['one', 'two'].map((parent) => join(home, parent));
  await using sinks = await openSinkFolders({ folders, describe: async () => ({}) });
  expect(sinks.problems().map(formatProblem).at(-1)).toBe(
    'two/twin/sink.ts:1:1: not used: one/twin has the same name and comes first; rename one of the two',
  );
});

test('settings that contain themselves are told with their place', () => {
  const { problems } = parseSource('bindings:\n  - settings: &all\n      inner: *all\n', 'sluice.yaml');
  expect(problems).toMatchObject([
    { file: 'sluice.yaml', line: 3, column: 14, text: '*all is inside of what it stands for: write it out' },
  ]);
});

test('a flood of log is cut, what is left out is counted, and a line that is too long is shortened', async () => {
  const folder = join(home, 'sinks/wrong');
  const source = `${start}export default defineSink({ ${about},
  onRcpt(_, { log }) {
    for (let at = 0; at < 500; at += 1) log.info('x'.repeat(50_000));
    return next();
  } });\n`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'sink.ts'), source);
  const opened = await openTrial({ folder, host: () => async () => null });
  if (opened.kind === 'problems') throw new Error(opened.problems.join('\n'));
  await using trial = opened.trial;
  const { payload } = payloadOf('onRcpt');
  const event = { event: 'onRcpt', payload, context: contextOf(), octets: null } as const;
  const { log, decision } = await trial.fire(event);
  expect(decision).toEqual({ kind: 'next', edits: [] });
  expect(log[0]?.text).toBe('x'.repeat(4_000));
  expect(log.length).toBeLessThan(20);
});
