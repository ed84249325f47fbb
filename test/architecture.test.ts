import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

/** Who sees whom, from the outside in. Read it as the architecture; the tests below hold the code to it. */
const sees: Readonly<Record<string, readonly string[]>> = {
  'core/main.ts': ['core/platform.ts', 'core/platform', 'core/cli', 'core/config'],
  'core/platform.ts': ['core', 'sdk'],
  'core/platform': ['core', 'sdk'],
  'core/workshop': ['core', 'sdk'],
  'core/cli': ['core/admin', 'core/config', 'core/workshop/workbench.ts', 'sdk'],
  'core/admin': ['core/config', 'sdk'],
  'core/config': ['core/*/options.ts', 'core/protocols/*/options.ts', 'sdk'],
  'core/servers': [
    'core/servers/protocol-server.ts',
    'core/protocols',
    'core/events',
    'core/relay/options.ts',
    'core/directory/options.ts',
    'sdk',
  ],
  // What platform.ts gives to protocols, as one type.
  'core/servers/protocol-server.ts': [
    'core/events',
    'core/auth',
    'core/directory',
    'core/store',
    'core/queue',
    'core/database',
  ],
  'core/protocols': [
    'core/servers/protocol-server.ts',
    'core/events',
    'core/auth',
    'core/directory',
    'core/store',
    'core/queue',
    'core/message',
    'core/database',
    'sdk',
  ],
  'core/relay': ['sdk'],
  'core/pickup': [
    'core/queue/message.ts',
    'core/events/address.ts',
    'core/database/content.ts',
    'core/message/fields.ts',
    'sdk',
  ],
  'core/delivery': [
    'core/relay',
    'core/events',
    'core/queue',
    'core/store',
    'core/directory',
    'core/message',
    'core/smime',
    'core/database',
    'sdk',
  ],
  'core/auth': ['core/directory', 'core/database'],
  'core/queue': ['core/database', 'core/message', 'sdk'],
  'core/store': ['core/database', 'core/message', 'sdk'],
  'core/directory': ['core/database', 'core/message', 'sdk'],
  'core/events': ['core/capabilities/options.ts', 'sdk'],
  // Knows bindings only as what calls it, so that events can read its grants.
  'core/mailauth': ['sdk'],
  'core/capabilities': [
    'core/mailauth/task.ts',
    'core/events/address.ts',
    'core/queue/message.ts',
    'core/database',
    'core/message/message.ts',
    'sdk',
  ],
  'core/sandbox': ['sdk'],
  'core/smime': ['core/message', 'sdk'],
  'core/message': ['sdk'],
  'core/database': [],
  'core/telemetry': [],
  'core/units.ts': [],
  'core/engine.ts': [],
  'core/network-of.ts': [],
  'core/limits.ts': [],
  'core/deep-readonly.ts': [],
  'core/dot-stuffing.ts': [],
  'core/errors.ts': [],
  sdk: [],
  'sdk/testing': ['sdk'],
  // The one file of the SDK that knows a test runner.
  'sdk/testing/vitest.ts': ['sdk/testing'],
  sinks: ['@sluice/sdk'],
  examples: ['@sluice/sdk'],
};

/** What every part of the core may use. */
const everywhere = [
  'core/errors.ts',
  'core/units.ts',
  'core/engine.ts',
  'core/network-of.ts',
  'core/limits.ts',
  'core/deep-readonly.ts',
  'core/dot-stuffing.ts',
  'core/telemetry',
];

/** Packages with one door: the one file of the core that may import them. Swapping one touches one place. */
const door: Readonly<Record<string, string>> = {
  'smtp-server': 'core/protocols/smtp/engine.ts',
  'isolated-vm': 'core/sandbox/isolate.ts',
  'quickjs-emscripten-core': 'core/sandbox/quickjs-machine.ts',
  '@jitl/quickjs-wasmfile-release-sync': 'core/sandbox/quickjs-machine.ts',
  piscina: 'core/sandbox/pool.ts',
  esbuild: 'core/sandbox/bundle.ts',
  chokidar: 'core/config/watch.ts',
  commander: 'core/cli/cli.ts',
  pino: 'core/telemetry/log.ts',
  croner: 'core/events/timers.ts',
  'ipaddr.js': 'core/events/cidr.ts',
  'node-forge': 'core/smime/keys/importer/rc2.ts',
  mailauth: 'core/mailauth/run-work.ts',
};

const files = globSync(['core/**/*.ts', 'sdk/**/*.ts', 'sinks/**/*.ts']).map(slashed);
const imports = files.flatMap((file) => importsOf(file).map((target) => ({ file, target })));

test('every import goes where the table of rooms allows', () => {
  expect(imports.length).toBeGreaterThan(100);
  expect(imports.filter(({ file, target }) => !mayImport(file, target)).map(shown)).toEqual([]);
});

test("a sub-folder is private to its part, and protocols do not see each other's rooms", () => {
  expect(imports.filter(({ file, target }) => isTrespass(file, target)).map(shown)).toEqual([]);
});

test('a package with a door is imported there only', () => {
  const strays = imports.filter(({ file, target }) => {
    const wanted = door[packageOf(target)];
    return file.startsWith('core/') && wanted !== undefined && file !== wanted;
  });
  expect(strays.map(shown)).toEqual([]);
  for (const file of Object.values(door)) expect(files).toContain(file);
});

test('no folder has a vague name', () => {
  const vague = /(^|\/)(utils?|common|shared|lib|types|helpers?)(\/|\.ts$)/;
  expect(files.filter((file) => vague.test(file))).toEqual([]);
});

test('the rules catch what they are for', () => {
  expect(mayImport('sinks/x/sink.ts', 'core/errors.ts')).toBe(false);
  expect(mayImport('core/events/dispatch.ts', 'core/sandbox/sandbox.ts')).toBe(false);
  expect(mayImport('core/sandbox/host.ts', 'core/message/message.ts')).toBe(false);
  expect(mayImport('core/message/index.ts', 'core/smime/smime.ts')).toBe(false);
  expect(isTrespass('core/protocols/smtp/mail.ts', 'core/protocols/pop3/response.ts')).toBe(true);
  expect(isTrespass('core/platform.ts', 'core/sandbox/capabilities/limits.ts')).toBe(true);
  expect(mayImport('core/events/dispatch.ts', 'sdk/catalogue.ts')).toBe(true);
});

type Import = { readonly file: string; readonly target: string };
const shown = ({ file, target }: Import): string => `${file} imports ${target}`;

function mayImport(file: string, target: string): boolean {
  const room = roomOf(file);
  if (target.startsWith('node:')) return !room.startsWith('sinks') && !room.startsWith('sdk');
  if (!isOurs(target)) return !room.startsWith('sdk') || (room === 'sdk/testing/vitest.ts' && target === 'vitest');
  if (roomOf(target) === room) return true;
  if (file.startsWith('core/') && everywhere.some((allowed) => within(target, allowed))) return true;
  return (sees[room] ?? []).some((allowed) => within(target, allowed));
}

/** A folder inside a part belongs to that part alone; `protocols/<name>` are parts of their own. */
function isTrespass(file: string, target: string): boolean {
  if (!target.startsWith('core/')) return false;
  if (file.startsWith('core/protocols/') && target.startsWith('core/protocols/')) {
    return part(file) !== part(target) && target.split('/').length > 3;
  }
  const isInside = target.split('/').length > part(target).split('/').length + 1;
  return isInside && part(file) !== part(target);
}

/** The part a file belongs to: `core/queue`, `core/protocols/smtp`. */
function part(path: string): string {
  return path
    .split('/')
    .slice(0, path.startsWith('core/protocols/') ? 3 : 2)
    .join('/');
}

function within(target: string, allowed: string): boolean {
  const pattern = allowed.split('/');
  return target === allowed || pattern.every((segment, at) => segment === '*' || segment === target.split('/')[at]);
}

function roomOf(path: string): string {
  const rooms = Object.keys(sees).filter((room) => path === room || path.startsWith(`${room}/`));
  return rooms.sort((a, b) => b.length - a.length)[0] ?? path;
}

function isOurs(target: string): boolean {
  return /^(core|sdk|sinks|examples|test)\//.test(target) || target.startsWith('@sluice/');
}

function packageOf(target: string): string {
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
}

function importsOf(file: string): readonly string[] {
  const source = readFileSync(file, 'utf8');
  const found = source.matchAll(
    /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/g,
  );
  return [...found].map((match) => {
    const target = match[1] ?? match[2] ?? '';
    return target.startsWith('.') ? slashed(normalize(join(dirname(file), target))) : target;
  });
}

function slashed(path: string): string {
  return path.replaceAll('\\', '/');
}
