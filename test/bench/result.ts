/** One figure. Names are stable: they are compared from run to run. */
export type Result = { readonly name: string; readonly value: number; readonly unit: string };

/** A figure worth reaching: at least, or at most; `of` another figure in the same run, or absolute. */
type Aim = { readonly atLeast: number; readonly of?: string } | { readonly atMost: number };

/** What issues 2 and 4 aim at, on two cores. */
const aims: Readonly<Record<string, Aim>> = {
  'smtp.accept.50.4k': { atLeast: 3500 },
  'smtp.accept.50.4k.new-connections': { atLeast: 1000 },
  'smtp.accept.50.4k.noop-sink': { atLeast: 0.85, of: 'smtp.accept.50.4k' },
  'smtp.delivered.50.10k.disclaimer': { atLeast: 2800 },
  'smtp.delivered.50.10k.disclaimer.ten-sinks': { atLeast: 0.6, of: 'smtp.delivered.50.10k.disclaimer' },
  'relay.delivered': { atLeast: 1_000 },
  'queue.claim.1m.ratio': { atMost: 1.5 },
  'disclaimer.cpu.10k': { atMost: 0.5 },
  'smtp.reply.p99': { atMost: 50 },
  'loop.delay.p99': { atMost: 20 },
  'sink.call.p50': { atMost: 0.15 },
  'sink.save-to-live.p50': { atMost: 25 },
  'sink.save-to-live.p99': { atMost: 60 },
  'sandbox.pump.ratio': { atMost: 2 },
  'sandbox.hostcall.ratio': { atMost: 1.5 },
  'sandbox.process.ratio': { atLeast: 0.75 },
  'sandbox.events.k0': { atLeast: 200_000 },
  'sandbox.events.k1': { atLeast: 120_000 },
  'sandbox.fanout.1m.ratio': { atMost: 0.33 },
  'sandbox.lockdown.ratio': { atMost: 1.05 },
  'sandbox.start.p50': { atMost: 3 },
  'sandbox.start.memory': { atMost: 1.6 },
  'sandbox.host.cold-start': { atMost: 150 },
  'sandbox.restore.p50': { atMost: 5 },
  'sandbox.restore.p99': { atMost: 20 },
  'message.edit.60k': { atLeast: 5000 },
  'message.edit.60k.vs-mailsplit': { atLeast: 20 },
  'message.index.large': { atLeast: 1 },
  'message.edit.25m.stall': { atMost: 20 },
  'message.loop.work.25m': { atMost: 20 },
  'message.loop.work.max': { atMost: 20 },
  'smime.resign.rsa2048.50k': { atLeast: 800 },
  'smime.sign.rsa2048.50k.vs-pkijs': { atLeast: 2 },
  'smime.decrypt.200m': { atLeast: 150 },
  'smime.decrypt.200m.rss': { atMost: 200 },
};

/** The middle one of an odd number of values. @returns 0 for none */
export const medianOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** A table for people, with the aims beside the figures. */
export function tableOf(results: readonly Result[]): string {
  const rows = results.map(({ name, value, unit }) => [name, shown(value), unit, verdictOf(name, value, results)]);
  const widthOf = (column: number): number => Math.max(...rows.map((row) => (row[column] ?? '').length));
  const [names, values, units] = [widthOf(0), widthOf(1), widthOf(2)];
  return rows
    .map(([name = '', value = '', unit = '', verdict = '']) =>
      `  ${name.padEnd(names)}  ${value.padStart(values)} ${unit.padEnd(units)}  ${verdict}`.trimEnd(),
    )
    .join('\n');
}

const shown = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));

function verdictOf(name: string, value: number, results: readonly Result[]): string {
  const aim = aims[name];
  if (!aim) return '';
  if ('atMost' in aim) return `${value <= aim.atMost ? 'met' : 'MISSED'}: at most ${shown(aim.atMost)}`;
  if (aim.of === undefined) return `${value >= aim.atLeast ? 'met' : 'MISSED'}: at least ${shown(aim.atLeast)}`;
  const share = value / (results.find((other) => other.name === aim.of)?.value ?? Number.NaN);
  return `${share >= aim.atLeast ? 'met' : 'MISSED'}: ${share.toFixed(2)} of ${aim.of}, at least ${aim.atLeast}`;
}
