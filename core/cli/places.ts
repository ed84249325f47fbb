import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readDataFolder } from '../config/config.ts';

const bundled = fileURLToPath(new URL('../../examples/default/sluice.yaml', import.meta.url));

/** The configuration to use: the one named, `sluice.yaml` in the working directory, or the one that comes with Sluice. */
export function findConfig(named: string | undefined): string {
  if (named !== undefined) return named;
  return existsSync('sluice.yaml') ? 'sluice.yaml' : shown(bundled);
}

/**
 * The data folder to ask: the one named, or that of the configuration. Works with a broken file too: a Sluice that
 * runs on an earlier generation must stay reachable.
 */
export async function findData(named: string | undefined, config: string | undefined): Promise<string> {
  return named ?? shown(await readDataFolder(findConfig(config)));
}

/** A path as a person would write it here. */
function shown(path: string): string {
  const near = relative('', path);
  if (near.startsWith('..') || near.length >= path.length) return path;
  return near.includes('/') ? near : `./${near}`;
}
