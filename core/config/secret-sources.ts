import { stat } from 'node:fs/promises';
import type { Path } from './problem.ts';
import type { Config } from './schema.ts';

type Server = Config['virtualServers'][number];
type Bindings = Server['bindings'];

/** Makes the paths of secrets absolute. */
export function resolveSecrets(bindings: Bindings, at: (path: string) => string): Bindings {
  return bindings.map((binding) => {
    const { secrets, mailauth } = binding.grants;
    if (!secrets && !mailauth) return binding;
    const named = Object.entries(secrets ?? {}).map(([name, source]) => [name, absolute(source, at)] as const);
    const sign = (mailauth?.sign ?? []).map((one) => ({ ...one, key: absolute(one.key, at) }));
    return {
      ...binding,
      grants: {
        ...binding.grants,
        ...(secrets && { secrets: Object.fromEntries(named) }),
        ...(mailauth && { mailauth: { ...mailauth, sign } }),
      },
    };
  });
}

const absolute = <S extends { readonly file?: string | undefined }>(source: S, at: (path: string) => string): S =>
  source.file === undefined ? source : { ...source, file: at(source.file) };

/**
 * Looks whether secrets are where their grants say; the values are read when they are used.
 *
 * @param path of the virtual server
 */
export async function findMissingSecrets(
  { bindings }: Server,
  path: Path,
): Promise<readonly (readonly [Path, string])[]> {
  const sources = bindings.flatMap(({ grants }, at) => {
    const here = [...path, 'bindings', at, 'grants'];
    return [
      ...Object.entries(grants.secrets ?? {}).map(([name, source]) => ({ source, path: [...here, 'secrets', name] })),
      ...(grants.mailauth?.sign ?? []).map(({ key: source }, number) => {
        return { source, path: [...here, 'mailauth', 'sign', number, 'key'] };
      }),
    ];
  });
  const problems = sources.map(async ({ source: { env, file }, path: place }) => {
    if (env !== undefined && (process.env[env] ?? '') === '')
      return [[...place, 'env'], `the environment variable ${env} is not set`] as const;
    const isThere = file === undefined || ((await stat(file).catch(() => null))?.isFile() ?? false);
    return isThere ? null : ([[...place, 'file'], `no such file: ${file}`] as const);
  });
  return (await Promise.all(problems)).filter((problem) => problem !== null);
}
