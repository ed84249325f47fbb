import { usualLimits } from '../../core/limits.ts';
import { createCalls } from '../../core/sandbox/calls.ts';
import type { Sent } from '../../core/sandbox/frames.ts';
import { createRoom } from '../../core/sandbox/room.ts';
import type { Host } from '../../core/sandbox/supervisor.ts';
import { Tenant } from '../../core/sandbox/tenant.ts';
import type { Result } from './result.ts';
import { benchIsolate } from './sandbox-isolate.ts';
import { rateOf, sinks } from './sandbox-load.ts';

/** Writes what one thread reaches, as JSON, to standard output. */
const rate: Result = { name: 'sandbox.thread.k0', value: await rateInThread(), unit: 'events/s' };
process.stdout.write(JSON.stringify([...benchIsolate(), rate]));

/** The sandbox without the process: everything the core does for a call, and the isolate in the same thread. */
async function rateInThread(): Promise<number> {
  const plan = createRoom();
  const code = { ...usualLimits, name: 'bench', code: sinks.k0.code };
  const opening = Buffer.from(JSON.stringify({ tenant: 1, code, settings: '{}' }));
  plan({ kind: 'open', number: 1, body: opening }).run();
  let number = 0;
  const host = {
    bodies: new Map(),
    load: 0,
    tell: () => undefined,
    ask(_: string, body: Buffer, sent: Sent): number {
      number += 1;
      const done = plan({ kind: 'run', number, body }).run();
      if (done) queueMicrotask(() => sent.settle({ kind: 'done', ...done }));
      return number;
    },
  } as unknown as Host;
  let isScheduled = false;
  const onReady = (ready: Tenant): void => {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      while (ready.sendOne(host, 5));
    });
  };
  const tenant = new Tenant({
    number: 1,
    id: 'k0',
    opening,
    map: sinks.k0.map,
    limits: usualLimits,
    onReady,
    onAnswered: () => undefined,
    onLimit: () => undefined,
    onStruck: () => undefined,
    onLog: () => undefined,
  });
  const calls = createCalls(() => undefined);
  return await rateOf((call) => calls.start(tenant, call), 'k0');
}
