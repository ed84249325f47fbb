import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { parse } from 'yaml';
import { readConfig } from '../config/config.ts';
import { findConfig } from './places.ts';
import { exitCodes, Refusal } from './verb.ts';

/** A sink an author means, and the binding it would run with. */
export type SinkPlace = {
  readonly name: string;
  readonly folder: string;
  /** Settings and grants of its first binding in the configuration; empty when it is bound nowhere. */
  readonly binding: Readonly<Record<string, unknown>>;
};

/**
 * Finds a sink: a folder with a `sink.ts`, or the name of one in the sinks folders of the configuration or in `sinks`.
 *
 * @throws Refusal that lists where was looked
 */
export async function findSink(named: string, config: string | undefined): Promise<SinkPlace> {
  const read = await readConfig(findConfig(config));
  const known = read.kind === 'config' ? read.config : null;
  const parents = [...new Set([...(known?.sinks ?? []), resolve('sinks')])];
  const candidates = [resolve(named), ...parents.map((parent) => join(parent, named))];
  const folder = candidates.find((one) => existsSync(join(one, 'sink.ts')));
  if (folder === undefined) {
    const looked = parents.map((parent) => relative('', parent) || '.').join(', ');
    throw new Refusal(`There is no sink ${named} in ${looked}: make one with sluice sink new ${named}`);
  }
  const name = folder.split(/[\\/]/).at(-1) ?? named;
  const bound = known?.virtualServers.flatMap(({ bindings }) => bindings).find(({ sink }) => sink === name);
  return { name, folder, binding: bound ? { settings: bound.settings, grants: bound.grants } : {} };
}

/** Where a new sink goes: the first sinks folder of the configuration of this working directory, else `sinks`. */
export async function newSinkParent(config: string | undefined): Promise<string> {
  const named = config ?? (existsSync('sluice.yaml') ? 'sluice.yaml' : undefined);
  const read = named === undefined ? null : await readConfig(named);
  return read?.kind === 'config' ? (read.config.sinks[0] ?? resolve('sinks')) : resolve('sinks');
}

/** Every folder with a sink in it. */
export async function listSinkFolders(config: string | undefined): Promise<readonly string[]> {
  const parent = await newSinkParent(config);
  const names = await readdir(parent).catch(() => []);
  return names.map((name) => join(parent, name)).filter((folder) => existsSync(join(folder, 'sink.ts')));
}

/** What `--settings` names: YAML or JSON. @throws Refusal when it cannot be read */
export async function readSettings(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = parse(await readFile(file, 'utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
    throw new Error('it is no mapping');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Refusal(`The settings in ${file} cannot be read: ${reason}`, exitCodes.usage);
  }
}
