import { readClassic } from './classic.ts';
import { all, any, namesFor, never, not, readTerm, type Condition, type Gathered } from './condition.ts';
import { isTermName } from './terms.ts';

type Path = readonly (string | number)[];

const deepest = 16;

/**
 * Reads the structured form: `{ all: […] }`, `{ any: […] }`, `{ not: … }` or terms by name, such as
 * `{ mailFrom: '*@example.com', tls: true }`. Several keys: all of them; a list of values: any of them. A text in
 * place of a mapping is a rule in the classic form.
 */
export function readStructured(rule: unknown, gathered: Gathered, path: Path = []): Condition {
  if (path.length > deepest * 2) return refuse(gathered, 'nested too deeply', path);
  if (typeof rule === 'string') return readInner(rule, gathered, path);
  const keys = isMapping(rule) ? Object.entries(rule) : [];
  if (keys.length === 0) return refuse(gathered, `expected a mapping such as mailFrom: '*@example.com'`, path);
  return all(keys.map(([key, value]) => readKey(key, value, gathered, [...path, key])));
}

function readKey(key: string, value: unknown, gathered: Gathered, path: Path): Condition {
  if (key === 'not') return not(readStructured(value, gathered, path));
  if (key === 'all' || key === 'any') return readList(key, value, gathered, path);
  if (!isTermName(key)) {
    return refuse(gathered, `no term of a rule; known: all, any, not, ${namesFor('structured')}`, path);
  }
  if (!Array.isArray(value)) return readTerm(key, value, { path, column: null }, gathered);
  const values: readonly unknown[] = value;
  if (values.length === 0) return refuse(gathered, 'an empty list would match nothing', path);
  return any(values.map((one, index) => readTerm(key, one, { path: [...path, index], column: null }, gathered)));
}

function readList(key: 'all' | 'any', value: unknown, gathered: Gathered, path: Path): Condition {
  const rules: readonly unknown[] = Array.isArray(value) ? value : [];
  if (rules.length === 0) return refuse(gathered, 'expected a list of conditions', path);
  const conditions = rules.map((rule, index) => readStructured(rule, gathered, [...path, index]));
  return key === 'all' ? all(conditions) : any(conditions);
}

/** A classic rule inside a structured one: its problems keep their column, and get the path to it. */
function readInner(rule: string, gathered: Gathered, path: Path): Condition {
  const inner: Gathered = { problems: [], used: [] };
  const condition = readClassic(rule, inner);
  gathered.problems.push(...inner.problems.map((problem) => ({ ...problem, path })));
  gathered.used.push(...inner.used.map((used) => ({ ...used, path })));
  return condition;
}

function refuse({ problems }: Gathered, text: string, path: Path): Condition {
  problems.push({ text, path, column: null });
  return never;
}

function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
