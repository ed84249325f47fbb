import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The program of a sandbox host. */
export const hostProgram = fileURLToPath(new URL('./host.ts', import.meta.url));

/**
 * How Node runs a sandbox host: it may read its own code and its packages, load isolated-vm and start one thread,
 * until it drops all three; no other file, no process, no network (measured: sandbox.md §7).
 */
export function hostFlags(): readonly string[] {
  const here = dirname(hostProgram);
  const { resolve } = createRequire(import.meta.url);
  const packages = ['isolated-vm', 'piscina', 'node-gyp-build'].map((name) => folderOf(resolve(name)));
  // Node reads the first for the type of our modules; node-gyp-build looks for the second to tell musl from glibc.
  const root = dirname(dirname(here));
  const own = [join(root, 'package.json'), '/etc/alpine-release', here, join(root, 'node_modules')];
  const readable = new Set([...own, ...packages]);
  return [
    '--no-node-snapshot',
    '--no-warnings',
    '--permission',
    '--allow-addons',
    '--allow-worker',
    ...[...readable].map((path) => `--allow-fs-read=${path}`),
    '--max-old-space-size=256',
  ];
}

/** The `node_modules` a file of a package is in. */
function folderOf(path: string): string {
  const name = 'node_modules';
  return path.slice(0, path.lastIndexOf(name) + name.length);
}
