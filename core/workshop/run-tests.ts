import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Where the packages of a test are, wherever the sink lies: longer names first. */
const alias = [
  { find: '@sluice/sdk/testing/vitest', replacement: here('../../sdk/testing/vitest.ts') },
  { find: '@sluice/sdk/testing', replacement: here('../../sdk/testing/testing.ts') },
  { find: '@sluice/sdk', replacement: here('../../sdk/index.ts') },
  { find: 'sluice/testing', replacement: here('./testing.ts') },
  { find: /^vitest$/, replacement: fileURLToPath(import.meta.resolve('vitest')) },
];

/**
 * Runs the tests in some folders with the vitest that comes with Sluice, once.
 *
 * @returns 0 when all passed, else 1
 */
export async function runTests(folders: readonly string[]): Promise<number> {
  const { startVitest } = await import('vitest/node');
  const dirs = folders.map((folder) => resolve(folder));
  const include = dirs.map((dir) => `${dir.replaceAll('\\', '/')}/**/*.test.ts`);
  const before = process.exitCode;
  const vitest = await startVitest(
    'test',
    [],
    { root: dirs[0] ?? '.', config: false, include, watch: false, pool: 'forks', passWithNoTests: false },
    { resolve: { alias }, server: { fs: { strict: false } } },
  );
  await vitest.close();
  const failed = vitest.state.getCountOfFailedTests() + vitest.state.getUnhandledErrors().length;
  const files = vitest.state.getTestModules();
  process.exitCode = before;
  return failed === 0 && files.length > 0 && files.every((file) => file.ok()) ? 0 : 1;
}
