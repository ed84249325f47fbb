import { withServer } from './server.ts';
import { runLoad } from './load.ts';
import { readFileSync, readdirSync } from 'node:fs';
import { execSync } from 'node:child_process';
const cpu = (): Record<string, number> => {
  const out: Record<string, number> = {};
  const root = Number(execSync('pgrep -f "main.ts start --config /tmp/sluice-bench" | head -1').toString());
  const kids = execSync(`pgrep -P ${root}`).toString().trim().split('\n').map(Number);
  for (const pid of [root, ...kids])
    for (const t of readdirSync(`/proc/${pid}/task`)) {
      const f = readFileSync(`/proc/${pid}/task/${t}/stat`, 'utf8').split(') ')[1]!.split(' ');
      const c = readFileSync(`/proc/${pid}/task/${t}/comm`, 'utf8').trim();
      const k = `${pid === root ? 'core' : 'child' + pid} ${c}`;
      out[k] = (out[k] ?? 0) + (Number(f[11]) + Number(f[12])) * 10;
    }
  return out;
};
const which = process.argv[2] ?? 'disclaimer';
const count = Number(process.argv[3] ?? 15000);
const size = which === 'accept' || which === 'noop' ? 4096 : 10240;
const head =
  'From: Ann Sender <ann@client.test>\r\nTo: alice@example.test\r\nSubject: bench\r\nMessage-ID: <1@x>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n';
const line = 'The quick brown fox jumps over the lazy dog and then sleeps for a while.\r\n';
const content = Buffer.from(head + line.repeat(Math.ceil((size - head.length) / line.length)));
const setup =
  which === 'disclaimer'
    ? { disclaimer: true }
    : which === 'noop'
      ? { noOps: [{ name: 'noop', handler: 'onEndOfData' }] }
      : which === 'ten'
        ? {
            disclaimer: true,
            noOps: Array.from({ length: 9 }, (_, i) => ({ name: `noop-${i}`, handler: 'onArrival' })),
          }
        : {};
await withServer(setup, console.log, async (server) => {
  const before = cpu();
  const t = performance.now();
  const r = await runLoad({
    port: server.port,
    connections: 50,
    connection: 'kept',
    content,
    reversePath: 'ann@client.test',
    recipient: 'alice@example.test',
    rate: null,
    warmUp: 500,
    window: 60000,
    windows: 1,
    messages: count,
  });
  const t1 = performance.now();
  if (which !== 'accept' && which !== 'noop') await server.untilDelivered(r.acknowledged);
  const t2 = performance.now();
  const after = cpu();
  for (const [k, v] of Object.entries(after))
    if (v - (before[k] ?? 0) > 100)
      console.log('   ', k, (((v - (before[k] ?? 0)) * 1000) / r.acknowledged).toFixed(0), 'us/msg');
  console.log(
    which,
    'accepted/s',
    Math.round(r.acknowledged / ((t1 - t) / 1000)),
    'delivered/s',
    Math.round(r.acknowledged / ((t2 - t) / 1000)),
    'p99',
    r.latency.p99,
    'genCpu',
    r.ownCpu,
    r.refused,
  );
});
