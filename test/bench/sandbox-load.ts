import type { Bundle, SinkCall } from '../../core/sandbox/sandbox.ts';

/** Calls that wait at the same time, calls measured, times they are. */
const load = { inFlight: 1024, calls: 102_400, turns: 6 };

const sinkOf = (handle: string): Bundle => ({
  name: 'bench',
  hash: 'bench',
  map: '{"version":3,"sources":[],"names":[],"mappings":""}',
  code: `module.exports = { default: { manifest: {}, runtime: { configure: () => [], handle: ${handle} } } };`,
});

/** Sinks that make no host call, and one. */
export const sinks = {
  k0: sinkOf('() => ({ kind: "next", edits: [] })'),
  k1: sinkOf('async (event, payload, call) => { await call("kv.get", ["a"]); return { kind: "next", edits: [] }; }'),
};

const host = async (): Promise<string> => 'value';

/** @returns events a second, of the best turn */
export async function rateOf(call: (call: SinkCall) => Promise<unknown>, tenant: string): Promise<number> {
  const payload = { recipient: 'bob@example.test' };
  const again = async (): Promise<void> => {
    for (let count = 0; count < load.calls / load.inFlight; count += 1)
      await call({ tenant, event: 'onRcpt', payload, deadline: 30_000, cpu: 1000, octets: null, host });
  };
  let best = 0;
  for (let turn = 0; turn < load.turns; turn += 1) {
    const start = performance.now();
    await Promise.all(Array.from({ length: load.inFlight }, again));
    best = Math.max(best, (load.calls * 1000) / (performance.now() - start));
  }
  return best;
}
