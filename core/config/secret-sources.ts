import { stat } from 'node:fs/promises';
import type { Path } from './problem.ts';
import type { Config } from './schema.ts';

type Server = Config['virtualServers'][number];
type Bindings = Server['bindings'];

/** Makes the paths of secrets absolute. */
export function resolveSecrets(bindings: Bindings, at: (path: string) => string): Bindings {
  return bindings.map((binding) => {
    const { secrets } = binding.grants;
    if (!secrets) return binding;
    const absolute = Object.entries(secrets).map(([name, source]) => {
      return [name, source.file === undefined ? source : { ...source, file: at(source.file) }] as const;
    });
    return { ...binding, grants: { ...binding.grants, secrets: Object.fromEntries(absolute) } };
  });
}

/**
 * Looks whether secrets are where their grants say; the values are read when they are used.
 *
 * @param path of the virtual server
 */
export async function findMissingSecrets(
  { bindings }: Server,
  path: Path,
): Promise<readonly (readonly [Path, string])[]> {
  const sources = bindings.flatMap(({ grants }, at) =>
    Object.entries(grants.secrets ?? {}).map(([name, source]) => {
      return { source, path: [...path, 'bindings', at, 'grants', 'secrets', name] };
    }),
  );
  const problems = sources.map(async ({ source: { env, file }, path: place }) => {
    if (env !== undefined && (process.env[env] ?? '') === '')
      return [[...place, 'env'], `the environment variable ${env} is not set`] as const;
    const isThere = file === undefined || ((await stat(file).catch(() => null))?.isFile() ?? false);
    return isThere ? null : ([[...place, 'file'], `no such file: ${file}`] as const);
  });
  return (await Promise.all(problems)).filter((problem) => problem !== null);
}
