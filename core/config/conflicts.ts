import { isIP } from 'node:net';
import { z } from 'zod';
import { domainOptions, localPartOf } from '../directory/options.ts';
import { routeOptions } from '../relay/options.ts';
import { virtualServerOptions, type VirtualServerOptions } from '../servers/options.ts';
import { smimeOptions } from '../smime/options.ts';
import { problemAt } from './explain.ts';
import { formatPath, type Path, type Problem } from './problem.ts';
import type { Source } from './source.ts';

type Claim = { readonly path: Path; readonly of: string };
type Found = { readonly path: Path; readonly text: string };
type Item<T> = { readonly path: Path; readonly value: T };

/**
 * What no part can see alone: two things under one name, two servers on one address.
 * What a binding says of events is checked against its sink, by `core/events`. Looks at every entry that is good by itself, so that these problems show beside those of the other entries.
 */
export function findConflicts(source: Source): readonly Problem[] {
  const servers = goodItems(virtualServerOptions, source.value, 'virtualServers');
  const domains = goodItems(domainOptions, source.value, 'domains');
  const found = [
    ...twice(servers.map(({ path, value }) => ({ path: [...path, 'id'], of: value.id }))),
    ...servers.filter(({ value }) => value.id === 'store').map(reserved),
    ...sameAddress(servers),
    ...servers.flatMap(sameName),
    ...twice(domains.map(({ path, value }) => ({ path: [...path, 'name'], of: value.name }))),
    ...gatewayProblems(source.value, servers),
    ...domainProblems(domains),
    ...folderProblems(servers, domains),
    ...twice(
      goodItems(routeOptions, source.value, 'routes').map(({ path, value }) => ({
        path: [...path, 'domain'],
        of: value.domain,
      })),
    ),
    ...domains.flatMap(({ path, value }) =>
      twice(value.users.map((user, at) => ({ path: [...path, 'users', at], of: localPartOf(user) }))),
    ),
  ];
  return found.map(({ path, text }) => problemAt(source, path, text));
}

/** A binding that signs as a gateway needs one that is there. */
function gatewayProblems(value: unknown, servers: readonly Item<VirtualServerOptions>[]): readonly Found[] {
  const section = z.object({ smime: smimeOptions.prefault({}) }).safeParse(value);
  if (!section.success) return [];
  const { gateways } = section.data.smime;
  const names = gateways.map(({ name }, at) => ({ path: ['smime', 'gateways', at, 'name'], of: name }));
  return [
    ...twice(names),
    ...servers.flatMap((server) =>
      wrongGateways(
        server,
        gateways.map(({ name }) => name),
      ),
    ),
  ];
}

function wrongGateways({ path, value }: Item<VirtualServerOptions>, known: readonly string[]): readonly Found[] {
  return value.bindings.flatMap(({ smime: { resignAs, gateway } }, at) => {
    const where = [...path, 'bindings', at, 'smime', 'gateway'];
    const there = known.length === 0 ? 'smime.gateways names none' : `smime.gateways has ${known.join(', ')}`;
    if (gateway !== null && !known.includes(gateway)) return [{ path: where, text: `no such gateway; ${there}` }];
    const isNeeded = resignAs === 'gateway' && gateway === null;
    return isNeeded ? [{ path: where, text: `resignAs: gateway needs the name of one; ${there}` }] : [];
  });
}

type DomainItem = Item<z.output<typeof domainOptions>>;

/** One default at most, aliases of domains that are there, and no name that is user and alias. */
function domainProblems(domains: readonly DomainItem[]): readonly Found[] {
  const names = new Set(domains.map(({ value }) => value.name));
  const defaults = domains.filter(({ value }) => value.default);
  return [
    ...twice(defaults.map(({ path }) => ({ path: [...path, 'default'], of: 'the default domain' }))),
    ...domains.flatMap(({ path, value: { aliasOf, users, name } }) => {
      if (aliasOf === null) return [];
      const where = [...path, 'aliasOf'];
      if (aliasOf === name || !names.has(aliasOf)) return [{ path: where, text: `${aliasOf} is no other domain here` }];
      const target = domains.find(({ value }) => value.name === aliasOf);
      if (target?.value.aliasOf) return [{ path: where, text: `${aliasOf} is an alias itself` }];
      return users.length > 0 ? [{ path: [...path, 'users'], text: `its users are those of ${aliasOf}` }] : [];
    }),
    ...domains.flatMap(({ path, value: { users, aliases } }) =>
      users
        .map(localPartOf)
        .flatMap((user) =>
          Object.hasOwn(aliases, user)
            ? [{ path: [...path, 'aliases', user], text: `${user} is a user of this domain` }]
            : [],
        ),
    ),
  ];
}

/** A folder has one use: what is dropped must not be picked up, and what is picked up has one virtual server. */
function folderProblems(
  servers: readonly Item<VirtualServerOptions>[],
  domains: readonly DomainItem[],
): readonly Found[] {
  const pickups = servers.flatMap(({ path, value }) =>
    value.protocol === 'smtp' && value.pickup !== null ? [{ path: [...path, 'pickup'], of: value.pickup }] : [],
  );
  const drops = domains.flatMap(({ path, value }) =>
    value.drop === null ? [] : [{ path: [...path, 'drop'], of: value.drop }],
  );
  const inUse = new Set(pickups.map(({ of }) => of));
  return [
    ...twice(pickups),
    ...drops
      .filter(({ of }) => inUse.has(of))
      .map(({ path }) => ({ path, text: 'a pickup folder: its mail would be sent again' })),
    ...domains.flatMap(({ path, value: { drop, users, catchAll, aliasOf } }) => {
      const other = users.length > 0 ? 'users' : catchAll !== null ? 'catchAll' : aliasOf !== null ? 'aliasOf' : null;
      return drop === null || other === null
        ? []
        : [{ path: [...path, 'drop'], text: `all mail of this domain goes to the folder: take ${other} out` }];
    }),
  ];
}

function goodItems<T>(schema: z.ZodType<T>, value: unknown, key: string): readonly Item<T>[] {
  const list: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry, at) => {
    const read = schema.safeParse(entry);
    return read.success ? [{ path: [key, at], value: read.data }] : [];
  });
}

function twice(claims: readonly Claim[]): readonly Found[] {
  const first = new Map<string, Path>();
  return claims.flatMap(({ path, of }) => {
    const taken = first.get(of);
    if (taken) return [{ path, text: `${of} is taken by ${formatPath(taken)}` }];
    first.set(of, path);
    return [];
  });
}

function reserved({ path }: Item<VirtualServerOptions>): Found {
  return { path: [...path, 'id'], text: 'store is a reserved name' };
}

/** A wildcard address takes the port on every address; `::` takes IPv4 too. Port 0 never conflicts. */
function sameAddress(servers: readonly Item<VirtualServerOptions>[]): readonly Found[] {
  const claims = servers
    .flatMap(({ path, value }) => value.listen.map((listen, at) => ({ ...listen, path: [...path, 'listen', at] })))
    .filter(({ port }) => port !== 0);
  return claims.flatMap((claim, at) => {
    const other = claims
      .slice(0, at)
      .find(({ address, port }) => port === claim.port && overlap(address, claim.address));
    return other ? [{ path: claim.path, text: `port ${claim.port} is taken by ${formatPath(other.path)}` }] : [];
  });
}

function overlap(a: string, b: string): boolean {
  return a === b || covers(a, b) || covers(b, a);
}

function covers(wide: string, other: string): boolean {
  return wide === '::' || (wide === '0.0.0.0' && isIP(other) === 4);
}

function sameName({ path, value }: Item<VirtualServerOptions>): readonly Found[] {
  const names = value.bindings.map(({ sink, name }, at) => ({
    path: [...path, 'bindings', at],
    of: `binding ${sink}/${name}`,
  }));
  return twice(names).map(({ path: where, text }) => ({ path: where, text: `${text}; give one of them another name` }));
}
