import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Makes `dist/sdk`, where the compiler wrote, a package: what `npm run pack:sdk` packs. */
const root = fileURLToPath(new URL('../../', import.meta.url));
const stage = join(root, 'dist/sdk');

const {
  scripts: _,
  exports: entries,
  ...about
}: Record<string, unknown> = JSON.parse(await readFile(join(root, 'sdk/package.json'), 'utf8'));
const compiled = Object.entries({ ...Object(entries) }).map(([name, source]) => {
  const file = String(source).replace(/\.ts$/, '');
  return [name, { types: `${file}.d.ts`, default: `${file}.js` }] as const;
});
const published = {
  ...about,
  exports: Object.fromEntries(compiled),
  peerDependencies: { vitest: '>=3' },
  peerDependenciesMeta: { vitest: { optional: true } },
};
await writeFile(join(stage, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
for (const file of ['sdk/README.md', 'sdk/CHANGELOG.md', 'sdk/docs', 'LICENSE'])
  await cp(join(root, file), join(stage, file.replace(/^sdk\//, '')), { recursive: true });
