import { z } from 'zod';
import type { TraceEntry } from '../trace-entry.ts';

/** The entries of one trace that are written together: one row. */
export type Row = {
  readonly traceId: string;
  /** When the first of them was, epoch milliseconds. */
  readonly at: number;
  readonly entries: string;
};

const maxId = 128;
const maxDetail = 2_048;

/**
 * Puts the entries of each trace into one row. A message leaves about ten within a batch, and a tenth of the rows is
 * a tenth of the work; so are values without their names.
 */
export function formatRows(entries: readonly TraceEntry[]): readonly Row[] {
  const byTrace = Map.groupBy(entries, ({ traceId }) => traceId);
  return [...byTrace].map(([traceId, own]) => ({
    traceId: traceId.slice(0, maxId),
    at: own[0]?.at ?? 0,
    entries: JSON.stringify(own.map(valuesOf)),
  }));
}

/** @throws ZodError or SyntaxError when the text was not written by `formatRows` */
export function parseEntries({ traceId, entries }: Pick<Row, 'traceId' | 'entries'>): readonly TraceEntry[] {
  return rows.parse(JSON.parse(entries)).map((values): TraceEntry => {
    const [at, kind, event, virtualServer, binding, sink, revision, decision, detail, ms] = values;
    return { traceId, at, kind, event, virtualServer, binding, sink, revision, decision, detail, ms };
  });
}

const textOrNull = z.string().nullable();
const rows = z.array(
  z.tuple([
    z.number(),
    z.enum(['session', 'event', 'queue', 'delivery', 'log']),
    z.string(),
    z.string(),
    textOrNull,
    textOrNull,
    textOrNull,
    textOrNull,
    z.string(),
    z.number().nullable(),
  ]),
);

function valuesOf(entry: TraceEntry): z.output<typeof rows>[number] {
  const { at, kind, event, virtualServer, binding, sink, revision, decision, ms } = entry;
  const detail = entry.detail.length > maxDetail ? `${entry.detail.slice(0, maxDetail)}…` : entry.detail;
  return [at, kind, event, virtualServer, binding, sink, revision, decision, detail, ms];
}
