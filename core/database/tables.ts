/** What a column can hold on its way in. Instants and sizes are integers below 2^53. */
export type Value = null | number | string | Uint8Array;

/** One row as it came out of the database: read its columns with `row.ts`, never by assertion. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * What an operation sees of the database: fixed statements, prepared once and kept by their text. It runs in the
 * database's own thread, alone, inside a transaction that other operations may share; throwing undoes this
 * operation and no other.
 */
export type Tables = {
  /** @returns how many rows changed, and the rowid of the last one inserted */
  run(sql: string, ...values: readonly Value[]): { readonly changes: number; readonly id: number };
  /** @returns the first row; null when there is none */
  get(sql: string, ...values: readonly Value[]): Row | null;
  all(sql: string, ...values: readonly Value[]): readonly Row[];
  /** Removes a content file once the transaction is durable; forgotten when this operation or the commit fails. */
  dropFile(name: string): void;
};

/**
 * One schema change of a part: SQL, run once, in the order of the list, each in a transaction of its own and
 * recorded. Never edit one that was released; add another.
 */
export type Migration = string;

/** Something a part asks the database to do. `input` and result cross threads: plain data and octets only. */
export type Operation = (db: Tables, input: never) => unknown;

/** What `core/<part>/operations.ts` exports. Reads run beside the writer and must not write. */
export type Operations = {
  readonly part: string;
  readonly writes: Readonly<Record<string, Operation>>;
  readonly reads: Readonly<Record<string, Operation>>;
  readonly migrations: readonly Migration[];
};

/** The operations of a part, seen from the thread that serves sockets: every one answers with a promise. */
export type Remote<T> = {
  readonly [K in keyof T]: T[K] extends (db: Tables) => infer R
    ? () => Promise<Awaited<R>>
    : T[K] extends (db: Tables, input: infer I) => infer R
      ? (input: I) => Promise<Awaited<R>>
      : never;
};
