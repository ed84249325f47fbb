import { foldCase, readAddress, type DirectoryAddress } from './address.ts';

/** What a domain says of names beside its users. */
export type NamedDomain = {
  readonly name: string;
  readonly aliases?: Readonly<Record<string, readonly string[]>>;
  readonly catchAll?: string | null;
  readonly separator?: string;
  readonly aliasOf?: string | null;
  readonly default?: boolean;
  readonly drop?: string | null;
  readonly unknown?: 'refuse' | 'relay';
};

/** What becomes of mail for a name nobody has. */
export type Otherwise =
  | { readonly kind: 'forward'; readonly to: readonly string[] }
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'elsewhere' | 'unknown' };

/** What the configuration says of names, made ready for looking them up. */
export type Names = {
  readonly domains: ReadonlySet<string>;
  readonly defaultDomain: string | null;
  /** By whole address; members are whole addresses. */
  readonly aliases: ReadonlyMap<string, readonly string[]>;
  /** The addresses to look for, best first: as written, and without what follows the separator. */
  candidates(address: DirectoryAddress): readonly string[];
  otherwise(address: DirectoryAddress): Otherwise;
};

export function readNames(wanted: readonly NamedDomain[]): Names {
  const byName = new Map(wanted.map((domain) => [foldCase(domain.name), domain]));
  const own = (domain: string): string => foldCase(byName.get(domain)?.aliasOf ?? domain);
  return {
    domains: new Set(byName.keys()),
    defaultDomain: (wanted.find((one) => one.default) ?? wanted[0])?.name ?? null,
    aliases: new Map(wanted.flatMap(aliasesOf)),
    candidates({ localPart, domain }) {
      const real = own(domain);
      const whole = `${localPart}@${real}`;
      const separator = byName.get(real)?.separator ?? '+';
      const at = separator === '' ? -1 : localPart.indexOf(separator);
      return at > 0 ? [whole, `${localPart.slice(0, at)}@${real}`] : [whole];
    },
    otherwise({ domain }) {
      const real = own(domain);
      const { catchAll = null, drop = null, unknown = 'refuse' } = byName.get(real) ?? {};
      if (drop !== null) return { kind: 'folder', folder: drop };
      if (catchAll !== null) return { kind: 'forward', to: [within(real, catchAll)] };
      return { kind: unknown === 'relay' ? 'elsewhere' : 'unknown' };
    },
  };
}

function aliasesOf({ name: domain, aliases = {} }: NamedDomain): readonly (readonly [string, readonly string[]])[] {
  return Object.entries(aliases).flatMap(([name, members]) => {
    const read = readAddress(`${name}@${domain}`);
    return read ? [[`${read.localPart}@${read.domain}`, members.map((one) => within(domain, one))] as const] : [];
  });
}

const within = (domain: string, member: string): string => (member.includes('@') ? member : `${member}@${domain}`);
