import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newSinkParent } from '../sink-places.ts';
import { exitCodes, printJson, Refusal, type Verb } from '../verb.ts';

const checkout = fileURLToPath(new URL('../../../', import.meta.url));
const examples = join(checkout, 'examples');

/** What a new sink can start from: the sinks of the cookbook. */
export async function templateNames(): Promise<readonly string[]> {
  const names = await readdir(examples).catch(() => []);
  return names.filter((name) => existsSync(join(examples, name, 'sinks', name, 'sink.ts')));
}

type NewOptions = { readonly template: string; readonly config?: string };

/** `sluice sink new`: a sink that builds and passes its test, from a sink of the cookbook under another name. */
export async function newSink(verb: Verb, name: string, { template, config }: NewOptions): Promise<number> {
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name))
    throw new Refusal(`${name} cannot be a sink's name: lower case letters, digits and -`, exitCodes.usage);
  const known = await templateNames();
  if (!known.includes(template))
    throw new Refusal(`There is no template ${template}; there are ${known.join(', ')}`, exitCodes.usage);
  const parent = await newSinkParent(config);
  const folder = join(parent, name);
  if (existsSync(folder)) throw new Refusal(`${shown(folder)} is there already: choose another name, or remove it`);

  const source = join(examples, template, 'sinks', template);
  await mkdir(folder, { recursive: true });
  const files = await readdir(source);
  for (const file of files) {
    const text = await readFile(join(source, file), 'utf8');
    await writeFile(join(folder, file), renamed(text, template, name));
  }
  const project = await writeProject(parent);
  const lacking = packagesOf(await readFile(join(folder, 'sink.ts'), 'utf8')).filter((one) => !isFound(one, folder));
  if (verb.json) return printJson(verb, { name, template, folder, files });
  verb.terminal.out(`${shown(folder)} is made of the template ${template}: ${files.join(', ')}\n${project}\n`);
  if (lacking.length > 0) verb.terminal.out(`It needs a package: npm install ${lacking.join(' ')}\n`);
  verb.terminal.out(nextSteps(name, folder));
  return exitCodes.ok;
}

/** The name where it is the sink's own: in `defineSink`, in the binding, in commands and the heading. */
function renamed(text: string, from: string, to: string): string {
  return text
    .replaceAll(`name: '${from}'`, `name: '${to}'`)
    .replaceAll(`sink: ${from}\n`, `sink: ${to}\n`)
    .replaceAll(`sink test ${from}`, `sink test ${to}`)
    .replace(`# ${from}\n`, `# ${to}\n`);
}

/** Outside of Sluice's own folder editors and `tsc` need to be told where the SDK is. @returns what was done */
async function writeProject(parent: string): Promise<string> {
  if (!relative(checkout, parent).startsWith('..')) return '';
  const file = join(parent, 'tsconfig.json');
  if (existsSync(file) || existsSync(join(dirname(parent), 'tsconfig.json'))) return '';
  const at = (path: string): readonly string[] => [join(checkout, path)];
  const compilerOptions = {
    target: 'es2025',
    lib: ['es2025'],
    module: 'nodenext',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    types: [],
    paths: {
      '@sluice/sdk': at('sdk/index.ts'),
      '@sluice/sdk/testing': at('sdk/testing/testing.ts'),
      '@sluice/sdk/testing/vitest': at('sdk/testing/vitest.ts'),
      vitest: at('node_modules/vitest'),
      zod: at('node_modules/zod'),
    },
  };
  await writeFile(file, `${JSON.stringify({ compilerOptions, include: ['.'] }, null, 2)}\n`);
  return `${shown(file)} tells your editor where the SDK is\n`;
}

/** What a sink imports beside its own files and the SDK. */
function packagesOf(source: string): readonly string[] {
  const found = [...source.matchAll(/^import .* from '([^'.][^']*)';$/gm)].map((match) => match[1] ?? '');
  return found.filter((name) => !name.startsWith('@sluice/'));
}

function isFound(name: string, folder: string): boolean {
  try {
    return createRequire(join(folder, 'sink.ts')).resolve(name) !== '';
  } catch {
    return false;
  }
}

function nextSteps(name: string, folder: string): string {
  return `Next:
  npx sluice sink test ${name}              its test
  npx sluice sink dev ${name}               a server with it; save ${shown(join(folder, 'sink.ts'))} and it is live
  npx sluice sink try ${name} message.eml   what it would do to a message

To run it for good, bind it in sluice.yaml (${shown(join(folder, 'README.md'))} has the lines):
  bindings:
    - sink: ${name}
`;
}

function shown(path: string): string {
  const near = relative('', path);
  return near.startsWith('..') ? path : near;
}
