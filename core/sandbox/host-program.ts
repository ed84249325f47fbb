import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleOwn } from './bundle.ts';

const prefix = 'sluice-host-';
const quickjs = '@jitl/quickjs-wasmfile-release-sync';

/** What a sandbox host runs, as files: made when the sandbox starts, gone when it stops. */
export type HostProgram = AsyncDisposable & {
  /** What Node is given: flags, the program of the host, that of its thread, and the file of QuickJS. */
  readonly command: readonly string[];
  /** The flags alone. */
  readonly flags: readonly string[];
};

/**
 * Bundles the program of a sandbox host into a folder of its own, which nobody else can write to.
 *
 * Node runs it so that it may read that folder and its packages, load isolated-vm and start one thread, until it drops
 * all three; no other file, no process, no network (measured: sandbox.md §7).
 */
export async function openHostProgram(): Promise<HostProgram> {
  await removeLeft();
  const { resolve } = createRequire(import.meta.url);
  const packages = { piscina: resolve('piscina'), 'isolated-vm': resolve('isolated-vm') };
  const folder = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  const sources = ['host.ts', 'worker.ts'].map((name) => fileURLToPath(new URL(name, import.meta.url)));
  const alias = { [`${quickjs}/emscripten-module`]: resolve(`${quickjs}/emscripten-module`) };
  await bundleOwn(sources, folder, { packages, alias });
  const wasm = join(folder, 'quickjs.wasm');
  await copyFile(resolve(`${quickjs}/wasm`), wasm);
  const flags = flagsOf([folder, ...[...Object.values(packages), resolve('node-gyp-build')].map(folderOf)]);
  return {
    flags,
    command: [...flags, join(folder, 'host.cjs'), join(folder, 'worker.cjs'), wasm],
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** What a Sluice that was killed could not remove: its folder bears its process id. */
async function removeLeft(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  const left = names.filter((name) => isGone(/^sluice-host-(\d{1,10})-/.exec(name)?.[1]));
  await Promise.allSettled(left.map((name) => rm(join(tmpdir(), name), { recursive: true, force: true })));
}

function isGone(pid: string | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH';
  }
}

function flagsOf(folders: readonly string[]): readonly string[] {
  // node-gyp-build looks for the second to tell musl from glibc.
  const readable = new Set([...folders, '/etc/alpine-release']);
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
