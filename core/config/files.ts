import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { problemAt } from './explain.ts';
import type { Path, Problem } from './problem.ts';
import type { Config } from './schema.ts';
import { findMissingSecrets, resolveSecrets } from './secret-sources.ts';
import type { Source } from './source.ts';

/** Makes every path absolute: `data` from the working directory, all others from the file that names them. */
export function resolvePaths(config: Config, file: string): Config {
  const at = (path: string): string => resolve(dirname(file), path);
  const { telemetry, smime } = config;
  return {
    ...config,
    data: resolve(config.data),
    sinks: config.sinks.map(at),
    domains: config.domains.map((domain) => ({ ...domain, drop: domain.drop === null ? null : at(domain.drop) })),
    routes: config.routes.map((route) => resolveRoute(route, at)),
    smime: resolveSmime(smime, at),
    telemetry: { ...telemetry, file: telemetry.file === null ? null : at(telemetry.file) },
    virtualServers: config.virtualServers.map((server) => resolveServer(server, at)),
  };
}

function resolveServer<S extends Config['virtualServers'][number]>(server: S, at: (path: string) => string): S {
  const bindings = resolveSecrets(server.bindings, at);
  const { tls } = server;
  const pickup = 'pickup' in server && server.pickup !== null ? { pickup: at(server.pickup) } : {};
  const tokens = 'auth' in server ? { auth: resolveTokens(server.auth, at) } : resolveTokens(server, at);
  return {
    ...server,
    ...tokens,
    ...pickup,
    bindings,
    ...(tls && { tls: { certificate: at(tls.certificate), key: at(tls.key) } }),
  };
}

function resolveTokens<A extends { readonly tokens: { readonly jwks: string } | null }>(
  of: A,
  at: (path: string) => string,
): A {
  return { ...of, tokens: of.tokens && { ...of.tokens, jwks: at(of.tokens.jwks) } };
}

function resolveSmime(smime: Config['smime'], at: (path: string) => string): Config['smime'] {
  const orNull = (path: string | null): string | null => (path === null ? null : at(path));
  const { keys, trust } = smime;
  return {
    ...smime,
    keys: {
      ...keys,
      folder: orNull(keys.folder),
      passphraseFile: orNull(keys.passphraseFile),
    },
    trust: {
      ...trust,
      certificates: trust.certificates.map(at),
      crls: trust.crls && { ...trust.crls, folder: orNull(trust.crls.folder) },
    },
  };
}

type Route = Config['routes'][number];

function resolveRoute({ tls, auth, ...route }: Route, at: (path: string) => string): Route {
  const { passwordFile } = auth ?? {};
  return {
    ...route,
    tls: { ...tls, ca: tls.ca === null ? null : at(tls.ca) },
    auth: auth && { ...auth, ...(passwordFile !== undefined && { passwordFile: at(passwordFile) }) },
  };
}

/** @returns false for no file at all */
async function isUnreadable(file: string | null | undefined): Promise<boolean> {
  return file !== null && file !== undefined && (await readFile(file).catch(() => null)) === null;
}

async function routeProblem({ tls, auth }: Route): Promise<readonly [Path, string] | null> {
  if (await isUnreadable(tls.ca)) return [['tls', 'ca'], `cannot read ${tls.ca}`];
  if (await isUnreadable(auth?.passwordFile)) return [['auth', 'passwordFile'], `cannot read ${auth?.passwordFile}`];
  const name = auth?.passwordEnv;
  if (name === undefined || process.env[name] !== undefined) return null;
  return [['auth', 'passwordEnv'], `there is no environment variable ${name}`];
}

/** Looks whether what the configuration names is there. @param config with absolute paths */
export async function findMissingFiles(config: Config, source: Source): Promise<readonly Problem[]> {
  const problem = (path: Path, text: string | null): readonly Problem[] =>
    text === null ? [] : [problemAt(source, path, text)];
  const sinks = config.sinks.map(async (folder, at) => problem(['sinks', at], await folderProblem(folder)));
  const tls = config.virtualServers.map(async (server, at) =>
    server.tls ? problem(['virtualServers', at, 'tls'], await tlsProblem(server.tls)) : [],
  );
  const secrets = config.virtualServers.map(async (server, at) =>
    (await findMissingSecrets(server, ['virtualServers', at])).flatMap(([path, text]) => problem(path, text)),
  );
  const { certificates, crls } = config.smime.trust;
  const trusted = certificates.map(async (path, at) =>
    problem(
      ['smime', 'trust', 'certificates', at],
      (await stat(path).catch(() => null)) ? null : `no such file or folder: ${path}`,
    ),
  );
  const lists = crls?.folder ? [crls.folder] : [];
  const revoked = lists.map(async (folder) =>
    problem(['smime', 'trust', 'crls', 'folder'], await folderProblem(folder)),
  );
  const routes = config.routes.map(async (route, at) => {
    const found = await routeProblem(route);
    return found ? problem(['routes', at, ...found[0]], found[1]) : [];
  });
  return (await Promise.all([...sinks, ...tls, ...routes, ...secrets, ...trusted, ...revoked])).flat();
}

async function folderProblem(folder: string): Promise<string | null> {
  const found = await stat(folder).catch(() => null);
  if (found === null) return `no such folder: ${folder}`;
  return found.isDirectory() ? null : `not a folder: ${folder}`;
}

async function tlsProblem(files: { readonly certificate: string; readonly key: string }): Promise<string | null> {
  const [cert, key] = await Promise.all([files.certificate, files.key].map((file) => readFile(file).catch(() => file)));
  const missing = [cert, key].find((read) => typeof read === 'string');
  if (missing !== undefined) return `cannot read ${missing}`;
  try {
    createSecureContext({ cert, key });
    return null;
  } catch (cause) {
    return `certificate and key cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}
