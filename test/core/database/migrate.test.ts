import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { migrate } from '../../../core/database/sqlite/migrate.ts';

const tables = (db: DatabaseSync): unknown[] =>
  db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'migration' ORDER BY name").all();

test('migrate() runs each step once, in order, and the new ones later', () => {
  const db = new DatabaseSync(':memory:');
  const first = ['CREATE TABLE a (n)', 'CREATE TABLE b AS SELECT n FROM a'];
  migrate(db, [{ part: 'x', migrations: first }]);
  migrate(db, [{ part: 'x', migrations: [...first, 'DROP TABLE a'] }]);
  expect(tables(db)).toEqual([{ name: 'b' }]);
});

test('migrate() leaves nothing of a step that fails, and keeps those before it', () => {
  const db = new DatabaseSync(':memory:');
  const parts = [{ part: 'x', migrations: ['CREATE TABLE a (n)', 'CREATE TABLE b (n); CREATE TABLE a (n)'] }];
  expect(() => migrate(db, parts)).toThrow('already exists');
  expect(tables(db)).toEqual([{ name: 'a' }]);
  expect(db.prepare('SELECT part, step FROM migration').all()).toEqual([{ part: 'x', step: 1 }]);
});
