import { randomBytes } from 'node:crypto';
import type { Database } from '../database/database.ts';
import { foldCase, readAddress } from './address.ts';
import { readNames, type NamedDomain } from './names.ts';
import type * as operations from './operations.ts';

/** What is known of a user beside the address: `displayName`, `title` … */
export type Attributes = Readonly<Record<string, string>>;

/** A user as the configuration names one: by local part. */
export type NamedUser = string | { readonly name: string; readonly attributes: Attributes };

/** A domain as the configuration names it. What is left out it has not. */
export type Domain = NamedDomain & { readonly users: readonly NamedUser[] };

export type Resolved =
  | { readonly kind: 'user'; readonly user: string; readonly mailbox: string }
  /** One address in the place of another, or several: what it stands for is looked up in turn; it may lead back here. */
  | { readonly kind: 'forward'; readonly to: readonly string[] }
  /** In a domain whose mail is put into a folder, as files. */
  | { readonly kind: 'folder'; readonly folder: string }
  /** In a domain of ours, for a name only another host knows: it goes there. */
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'remote' };

/** Who has a mailbox here. The configuration says who; the database keeps their passwords. */
export type Directory = {
  /**
   * @returns `user` with the address in its canonical form; `unknown` in a domain of ours, or without a domain;
   * `remote` for every other domain
   * @throws Fault when the database cannot be asked
   */
  resolve(address: string): Promise<Resolved>;
  isLocalDomain(domain: string): boolean;
  /** The one for addresses without a domain; null while there is no domain. */
  readonly defaultDomain: string | null;
  /** Aliases and groups kept in the database; those of the configuration go before them. */
  readonly aliases: Aliases;
  /** @param user an address as `resolve` gives it @returns empty when nothing is known, or there is no such user */
  attributesOf(user: string): Attributes;
  /**
   * Makes the domains and users what the configuration says. A user the database lacks is created with a random
   * password; one that is no longer named cannot be resolved or log in, and keeps mailbox and password.
   *
   * @returns the users created by this call, with their passwords, which nobody can read again
   */
  sync(domains: readonly Domain[]): Promise<readonly { readonly user: string; readonly password: string }[]>;
  /** The stored hash; null for whoever is no user. */
  passwordOf(user: string): Promise<string | null>;
};

export type Aliases = {
  list(): Promise<readonly { readonly address: string; readonly members: readonly string[] }[]>;
  /** @param address whole, in a domain of ours; an alias of that name is replaced */
  set(address: string, members: readonly string[]): Promise<void>;
  /** @returns false when there is none */
  remove(address: string): Promise<boolean>;
};

export type DirectoryOptions = {
  /** From auth: what is stored instead of a password. */
  readonly hashPassword: (password: string) => Promise<string>;
  readonly newPassword?: () => string;
};

/** Knows nobody until `sync` was called. */
export function openDirectory(
  database: Database,
  { hashPassword, newPassword = randomPassword }: DirectoryOptions,
): Directory {
  const remote = database.operations<typeof operations.writes & typeof operations.reads>('directory');
  let names = readNames([]);
  let users: ReadonlyMap<string, Attributes> = new Map();

  return {
    async resolve(address) {
      const read = readAddress(address);
      if (!read) return { kind: 'unknown' };
      if (!names.domains.has(read.domain)) return { kind: 'remote' };
      for (const name of names.candidates(read)) {
        if (users.has(name)) return { kind: 'user', user: name, mailbox: `${name}/INBOX` };
        const to = names.aliases.get(name) ?? (await remote.readAlias(name));
        if (to) return { kind: 'forward', to };
      }
      return names.otherwise(read);
    },
    isLocalDomain: (domain) => names.domains.has(foldCase(domain)),
    get defaultDomain() {
      return names.defaultDomain;
    },
    aliases: {
      list: () => remote.listAliases(),
      set: (address, members) => remote.setAlias({ address: foldCase(address), members }),
      remove: (address) => remote.removeAlias(foldCase(address)),
    },
    attributesOf: (user) => users.get(user) ?? {},
    async sync(wanted) {
      const named = usersOf(wanted);
      const created: { readonly user: string; readonly password: string; readonly hash: string }[] = [];
      for (const user of await remote.missing([...named.keys()])) {
        const password = newPassword();
        created.push({ user, password, hash: await hashPassword(password) });
      }
      const rows = created.map(({ user, hash }) => ({ address: user, password: hash }));
      const done = new Set(rows.length > 0 ? await remote.create(rows) : []);
      names = readNames(wanted);
      users = named;
      return created.filter(({ user }) => done.has(user)).map(({ user, password }) => ({ user, password }));
    },
    async passwordOf(user) {
      const hash = await remote.readPassword(user);
      return users.has(user) ? hash : null;
    },
  };
}

/** By address. */
function usersOf(domains: readonly Domain[]): ReadonlyMap<string, Attributes> {
  const all = domains.flatMap(({ name: domain, users }) =>
    users.map((user) => {
      const { name, attributes } = typeof user === 'string' ? { name: user, attributes: {} } : user;
      return { read: readAddress(`${name}@${domain}`), attributes };
    }),
  );
  return new Map(
    all.flatMap(({ read, attributes }) => (read ? [[`${read.localPart}@${read.domain}`, attributes] as const] : [])),
  );
}

/** 120 random bits, in letters and digits one can copy: a `-` in front would be taken for an option. */
const randomPassword = (): string => BigInt(`0x${randomBytes(15).toString('hex')}`).toString(36);
