import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll } from 'vitest';
import { openCapabilities, type CapabilityParts, type HostSide } from '../../../core/capabilities/capabilities.ts';
import type { HostCallSubject } from '../../../core/capabilities/capability.ts';
import { dnsOptions } from '../../../core/capabilities/options.ts';
import { createRedactor, type Redactor } from '../../../core/capabilities/redactor.ts';
import { openDirectory, type Directory } from '../../../core/directory/directory.ts';
import type { Queue, Submission } from '../../../core/queue/queue.ts';
import { openCounters } from '../../../core/telemetry/counters.ts';
import type { TraceEntry } from '../../../core/telemetry/telemetry.ts';
import { capabilities, type CapabilityName } from '../../../sdk/capabilities.ts';
import { bindingOf } from '../../support/bindings.ts';
import { engines, openHouse, type House } from '../database/engines.ts';

const isName = (name: string): name is CapabilityName => Object.hasOwn(capabilities, name);
const capabilityNames = Object.keys(capabilities).filter(isName);

export type Lines = readonly { readonly level: string; readonly values: object; readonly text: string }[];

/** The host side of all capabilities on a real database, and what it wrote down. */
export type Rig = AsyncDisposable & {
  readonly house: House;
  readonly queue: Queue;
  readonly directory: Directory;
  readonly redactor: Redactor;
  readonly side: HostSide;
  /** Limits that were met: `http response 1500B 2`. */
  limits(): readonly string[];
  readonly submitted: readonly Submission[];
  readonly lines: Lines;
  readonly traced: readonly TraceEntry[];
  /** Makes a host call as the sink of a binding with these grants would. */
  call(grants: unknown, name: string, args?: readonly unknown[], about?: Partial<HostCallSubject>): Promise<unknown>;
};

export async function openRig(said: Partial<CapabilityParts> = {}): Promise<Rig> {
  const [engine] = engines;
  if (!engine) throw new Error('no engine');
  const house = await openHouse(engine);
  const directory = openDirectory(house.database, { hashPassword: (password) => Promise.resolve(password) });
  const redactor = createRedactor();
  const lines: { level: string; values: object; text: string }[] = [];
  const traced: TraceEntry[] = [];
  const submitted: Submission[] = [];
  const write = (level: string) => (values: object, text: string) => void lines.push({ level, values, text });
  const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  let last = 0;
  const counters = openCounters({ now: house.clock.now });
  const side = openCapabilities({
    counters,
    log: { ...log, child: () => log_ },
    record: (entry) => void traced.push(entry),
    now: house.clock.now,
    kv: house.kv,
    directory,
    redactor,
    env: {},
    dns: dnsOptions.parse({}),
    randomId: () => `id${(last += 1)}`,
    ...said,
  });
  const log_ = { ...log, child: () => log_ };
  side.connect({
    hostname: (id) => `${id}.example.test`,
    write: (octets) => house.database.content.write(octets),
    async accept(submission) {
      submitted.push(submission);
      return await house.queue.accept(submission);
    },
  });
  return {
    house,
    queue: house.queue,
    directory,
    redactor,
    side,
    limits: () =>
      counters.list('sandbox.limit').map(({ labels: { limit, allowed }, count }) => `${limit} ${allowed} ${count}`),
    submitted,
    lines,
    traced,
    async call(grants, name, args = [], about = {}) {
      const named: readonly string[] = Array.isArray(grants) ? grants : Object.keys(Object(grants));
      const needs = capabilityNames.filter((one) => named.includes(one));
      const binding = bindingOf({ grants }, { needs });
      const subject = { binding, event: 'onArrival', traceId: 't1', message: null, deadline: 20_000, ...about };
      return await side.callsOf(subject)(name, JSON.parse(JSON.stringify(args)));
    },
    async [Symbol.asyncDispose]() {
      side[Symbol.dispose]();
      await house[Symbol.asyncDispose]();
    },
  };
}

/** One for all tests of a file that leave nothing behind. */
export function useRig(): () => Rig {
  let rig: Rig | null = null;
  beforeAll(async () => {
    rig = await openRig();
  });
  afterAll(async () => await rig?.[Symbol.asyncDispose]());
  return () => {
    if (!rig) throw new Error('not open yet');
    return rig;
  };
}

/** A message as an event carries one. */
export function messageOf(text: string | Uint8Array): NonNullable<HostCallSubject['message']> {
  return { octets: typeof text === 'string' ? Buffer.from(text) : text, text: () => 'text', html: () => null };
}

/** A TCP server on a port of its own; what is left when the test ends is destroyed. */
export async function listenTcp(
  onSocket: (socket: Socket) => void,
): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
