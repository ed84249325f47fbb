import { memoryUsage } from 'node:process';
import ivm from 'isolated-vm';
import { buildIsolate, prepareIsolates, shareText, type SinkIsolate } from '../../core/sandbox/isolate.ts';
import { usualLimits } from '../../core/limits.ts';
import { medianOf, type Result } from './result.ts';

/*
 * What a call of an isolate costs in one thread, against floors measured in the same minute. Each pair is measured in
 * turns, and the best of several turns counts: on a shared machine everything else measures the neighbours.
 */

const turns = 15;
const inFlight = 32;

/** A sink as the bundler leaves it. */
const sinkOf = (handle: string): string =>
  `module.exports = { default: { manifest: {}, runtime: { configure: () => [], handle: ${handle} } } };`;

/** Unfolds a header, splits it into fields and parameters, and cuts a body at its boundary. */
const parse = `function parse(text) {
  const end = text.indexOf('\\r\\n\\r\\n');
  const fields = text.slice(0, end).replace(/\\r\\n[ \\t]+/g, ' ').split('\\r\\n').map((line) => {
    const colon = line.indexOf(':');
    return { name: line.slice(0, colon).toLowerCase(), value: line.slice(colon + 1).trim() };
  });
  const named = new Map(fields.map(({ name, value }) => [name, value]));
  const type = (named.get('content-type') ?? 'text/plain').split(';').map((part) => part.trim());
  const boundary = /boundary="?([^"]+)"?/.exec(named.get('content-type') ?? '')?.[1] ?? 'none';
  const parts = text.slice(end + 4).split('--' + boundary).filter((part) => part.length > 4);
  const words = parts.map((part) => part.replace(/=\\r\\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))))
    .flatMap((part) => part.split(/\\s+/)).filter((word) => word.length > 3);
  const counts = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return JSON.stringify({ type: type[0], fields: fields.length, parts: parts.length, top: Object.entries(counts).sort((a, b) => b[1] - a[1]).slice(0, 5) }).length;
}`;
const mail = `(() => { const line = 'Some words of a message, and =C3=A4 few more; as people write them to each other.\\r\\n';
  const head = Array.from({ length: 40 }, (_, at) => 'X-Field-' + at + ': value ' + at + ';\\r\\n\\tfolded=yes').join('\\r\\n');
  return 'Subject: test\\r\\nContent-Type: multipart/mixed; boundary="b"\\r\\n' + head + '\\r\\n\\r\\n--b\\r\\n' + line.repeat(600) + '--b\\r\\n' + line.repeat(600) + '--b--'; })()`;

/** @returns the figures of one thread: pump, host call, fan-out, lockdown, sink start */
export function benchIsolate(): readonly Result[] {
  prepareIsolates();
  return [...benchPump(), benchFanOut(), benchLockdown(), ...benchStart()];
}

/** Milliseconds of the best of several turns of each, taken in turns. */
function best(...runs: readonly (() => void)[]): readonly number[] {
  for (const run of runs) run();
  const times = runs.map(() => Number.POSITIVE_INFINITY);
  for (let turn = 0; turn < turns; turn += 1)
    for (const [at, run] of runs.entries()) {
      const start = performance.now();
      run();
      times[at] = Math.min(times[at] ?? 0, performance.now() - start);
    }
  return times;
}

function build(handle: string, read: Parameters<typeof buildIsolate>[1] = () => null): SinkIsolate {
  const built = buildIsolate({ ...usualLimits, name: 'bench', engine: 'isolate', code: sinkOf(handle) }, read);
  if (built.kind === 'built') return built.isolate;
  throw new Error(built.done.text);
}

/** @throws Error when the isolate does not outlive it */
function pump(isolate: SinkIsolate, text: string): void {
  const { status } = isolate.pump(text, 10_000);
  if (status !== 'ok') throw new Error(status);
}

function benchPump(): readonly Result[] {
  const bare = new ivm.Isolate({ memoryLimit: 64 });
  const nop = bare.createContextSync().evalClosureSync('return () => undefined;', [], { result: { reference: true } });
  const plain = build('() => ({ kind: "next", edits: [] })');
  const asking = build(
    'async (event, payload, call) => { await call("kv.get", ["a"]); return { kind: "next", edits: [] }; }',
  );
  const batches = 100;
  const events = Array.from(
    { length: inFlight },
    (_, at) => `[0,${at + 1},"onRcpt",{"recipient":"bob@example.test"},0]`,
  );
  const replies = Array.from({ length: inFlight }, (_, at) => `[1,${at + 1},1,"value"]`);
  const [floor = 0, none = 0, one = 0] = best(
    () => {
      for (let at = 0; at < batches * inFlight; at += 1) nop.applySync(undefined, []);
    },
    () => {
      for (let at = 0; at < batches; at += 1) pump(plain, `[${events.join(',')}]`);
    },
    () => {
      for (let at = 0; at < batches; at += 1) {
        pump(asking, `[${events.join(',')}]`);
        pump(asking, `[${replies.join(',')}]`);
      }
    },
  );
  for (const { dispose } of [plain, asking]) dispose();
  bare.dispose();
  return [
    { name: 'sandbox.pump.ratio', value: none / floor, unit: '×' },
    { name: 'sandbox.hostcall.ratio', value: (one - none) / floor, unit: '×' },
  ];
}

/** One megabyte of message to ten sinks: shared as it is, against a copy for each. */
function benchFanOut(): Result {
  const octets = Buffer.alloc(2 ** 20, 'Some words of a message, and a few more.\r\n');
  const read = `async (event, payload, call) => (await call("message.octets", [0, 1048576])).length`;
  const copy = (_: number, from: number, to: number): string | null =>
    from < 0 ? null : octets.toString('latin1', from, to);
  let shared: ReturnType<typeof shareText> | null = null;
  const sharing = Array.from({ length: 10 }, () => build(read, () => shared));
  const copying = Array.from({ length: 10 }, () => build(read, copy));
  let last = 0;
  const ask = (isolates: readonly SinkIsolate[]): void => {
    last += 1;
    for (const isolate of isolates) isolate.pump(`[[0,${last},"onArrival",{},${last}]]`, 1000);
  };
  const [one = 0, each = 0] = best(
    () => {
      shared = shareText(octets.toString('latin1'));
      ask(sharing);
    },
    () => ask(copying),
  );
  for (const { dispose } of [...sharing, ...copying]) dispose();
  return { name: 'sandbox.fanout.1m.ratio', value: one / each, unit: '×' };
}

/** The same mail-parsing function in an isolate as sinks have it, and in a bare one. */
function benchLockdown(): Result {
  const bare = new ivm.Isolate({ memoryLimit: 64 });
  const run = bare
    .createContextSync()
    .evalClosureSync(
      `${parse}; const mail = ${mail}; return () => { for (let at = 0; at < 20; at += 1) parse(mail); };`,
      [],
      {
        result: { reference: true },
      },
    );
  const locked = build(
    `(() => { ${parse}; const mail = ${mail}; return () => { for (let at = 0; at < 20; at += 1) parse(mail); }; })()`,
  );
  const [floor = 0, cost = 0] = best(
    () => run.applySync(undefined, []),
    () => pump(locked, '[[0,1,"onArrival",{},0]]'),
  );
  locked.dispose();
  bare.dispose();
  return { name: 'sandbox.lockdown.ratio', value: cost / floor, unit: '×' };
}

function benchStart(): readonly Result[] {
  const count = 100;
  const before = memoryUsage.rss();
  const times: number[] = [];
  const isolates = Array.from({ length: count }, () => {
    const start = performance.now();
    const isolate = build('() => ({ kind: "next", edits: [] })');
    times.push(performance.now() - start);
    return isolate;
  });
  const grown = memoryUsage.rss() - before;
  for (const { dispose } of isolates) dispose();
  return [
    { name: 'sandbox.start.p50', value: medianOf(times), unit: 'ms' },
    { name: 'sandbox.start.memory', value: grown / count / 2 ** 20, unit: 'MB' },
  ];
}
