import { text } from '../database/row.ts';
import type { Migration, Tables } from '../database/tables.ts';

export const part = 'directory';

export const migrations: readonly Migration[] = [
  'CREATE TABLE user (address TEXT PRIMARY KEY, password TEXT NOT NULL) STRICT, WITHOUT ROWID',
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

export const writes = { create };
export const reads = { missing, readPassword };
