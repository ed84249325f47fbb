import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
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
  /** The same of a binding by its key; those of the first for one that is no more. */
  readonly bindingOf: (key: string) => Readonly<Record<string, unknown>>;
};

/**
 * Finds a sink: a folder with a `sink.ts`, or the name of one in the sinks folders of the configuration or in `sinks`.
 *
 * @throws Refusal that lists where was looked
 */
export async function findSink(named: string, config: string | undefined): Promise<SinkPlace> {
  const file = findConfig(config);
  const read = await readConfig(file);
  const known = read.kind === 'config' ? read.config : null;
  const parents = [...new Set([...(known?.sinks ?? []), resolve('sinks')])];
  const candidates = [resolve(named), ...parents.map((parent) => join(parent, named))];
  const folder = candidates.find((one) => existsSync(join(one, 'sink.ts')));
  if (folder === undefined) {
    const looked = parents.map((parent) => relative('', parent) || '.').join(', ');
    throw new Refusal(`There is no sink ${named} in ${looked}: make one with sluice sink new ${named}`);
  }
  const name = folder.split(/[\\/]/).at(-1) ?? named;
  const grants = await readGrants(file);
  const bound = (known?.virtualServers ?? []).flatMap(({ id, bindings }, server) =>
    bindings.flatMap((one, at) => {
      if (one.sink !== name) return [];
      const key = `${id}/${name}/${one.name}`;
      return [{ key, said: { settings: one.settings, grants: grants(server, at) ?? one.grants } }];
    }),
  );
  const first = bound[0]?.said ?? {};
  const bindingOf = (key: string): SinkPlace['binding'] => bound.find((one) => one.key === key)?.said ?? first;
  return { name, folder, binding: first, bindingOf };
}

/** Grants as the file has them, files absolute: they are read once more, with the sink. @returns undefined for none */
async function readGrants(file: string): Promise<(server: number, binding: number) => unknown> {
  const said: unknown = await readFile(file, 'utf8')
    .then((text): unknown => parse(text))
    .catch(() => null);
  return (server, binding) =>
    withPaths(['virtualServers', server, 'bindings', binding, 'grants'].reduce<unknown>(valueAt, said), dirname(file));
}

function valueAt(value: unknown, key: string | number): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([name]) => name === String(key))?.[1];
}

function withPaths(value: unknown, base: string): unknown {
  if (Array.isArray(value)) return value.map((one) => withPaths(one, base));
  if (typeof value !== 'object' || value === null) return value;
  const absolute = (key: string, one: unknown): unknown =>
    key === 'file' && typeof one === 'string' ? resolve(base, one) : withPaths(one, base);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, absolute(key, one)]));
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
