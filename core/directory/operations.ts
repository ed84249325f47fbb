import { text } from '../database/row.ts';
import type { Migration, Tables } from '../database/tables.ts';

export const part = 'directory';

export const migrations: readonly Migration[] = [
  'CREATE TABLE user (address TEXT PRIMARY KEY, password TEXT NOT NULL) STRICT, WITHOUT ROWID',
  'CREATE TABLE alias (address TEXT PRIMARY KEY, members TEXT NOT NULL) STRICT, WITHOUT ROWID',
];

type User = { readonly address: string; readonly password: string };

/** @returns the addresses that did not exist before; the others keep their password */
function create(db: Tables, users: readonly User[]): readonly string[] {
  return users.flatMap(({ address, password }) => {
    const row = db.get(
      'INSERT INTO user (address, password) VALUES (?, ?) ON CONFLICT (address) DO NOTHING RETURNING address',
      address,
      password,
    );
    return row ? [text(row, 'address')] : [];
  });
}

/** @returns those of the addresses that have no user */
function missing(db: Tables, addresses: readonly string[]): readonly string[] {
  return addresses.filter((address) => db.get('SELECT 1 FROM user WHERE address = ?', address) === null);
}

/** @returns the hash; null when there is no such user */
function readPassword(db: Tables, address: string): string | null {
  const row = db.get('SELECT password FROM user WHERE address = ?', address);
  return row && text(row, 'password');
}

type Alias = { readonly address: string; readonly members: readonly string[] };

function setAlias(db: Tables, { address, members }: Alias): void {
  db.run(
    'INSERT INTO alias VALUES (?1, ?2) ON CONFLICT (address) DO UPDATE SET members = ?2',
    address,
    members.join('\n'),
  );
}

/** @returns false when there is none */
function removeAlias(db: Tables, address: string): boolean {
  return db.get('DELETE FROM alias WHERE address = ? RETURNING address', address) !== null;
}

/** @returns null when there is no such alias */
function readAlias(db: Tables, address: string): readonly string[] | null {
  const row = db.get('SELECT members FROM alias WHERE address = ?', address);
  return row && text(row, 'members').split('\n');
}

/** By address; at most 10,000. */
function listAliases(db: Tables): readonly Alias[] {
  return db
    .all('SELECT * FROM alias ORDER BY address LIMIT 10000')
    .map((row) => ({ address: text(row, 'address'), members: text(row, 'members').split('\n') }));
}

export const writes = { create, setAlias, removeAlias };
export const reads = { missing, readPassword, readAlias, listAliases };
