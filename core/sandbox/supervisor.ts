// oxlint-disable-next-line no-restricted-imports -- the one place that starts processes
import { spawn, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { Duplex } from 'node:stream';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Log } from '../telemetry/telemetry.ts';
import { createDecoder, decodeDone, encodeHeader, type Frame, type FrameKind } from './bridge.ts';
import { createFrameLog, type Sent } from './frames.ts';
import { createWatch } from './watch.ts';

/** One sandbox host process, as the core sees it. */
export type Host = {
  readonly pid: number;
  /** Isolates that were opened in it, and sizes of the messages it holds, by number. */
  readonly opened: Set<number>;
  readonly bodies: Map<number, number>;
  /** Resolves when it takes frames; false when it ended before. */
  readonly ready: Promise<boolean>;
  /** Requests it has not answered. */
  readonly waiting: number;
  /** Sends a request. @returns its number, higher than that of every request before it */
  ask(kind: 'open' | 'describe' | 'run', body: Buffer, sent: Sent): number;
  /** Sends what has no answer. @param number of the isolate or the message */
  tell(kind: 'close' | 'octets' | 'free', number: number, body?: Uint8Array): void;
  /** Looks at its clock and its memory; kills it when one is over the limit. */
  check(): void;
  /** Kills it; resolves when the process is gone. */
  stop(): Promise<void>;
};

export type HostOptions = {
  readonly log: Log;
  /** It is gone. Comes once, after its requests were settled. */
  onLost(host: Host, reason: string): void;
};

/** Octets a host takes in a millisecond at least: what is still on its way does not count against it. */
const throughput = 20_000;
const entry = fileURLToPath(new URL('./host.ts', import.meta.url));

/**
 * Starts a sandbox host: an empty environment, no standard input or output, a socket pair as fd 3, and no permission
 * but to read its own code, load isolated-vm and start its one thread, all three dropped once it runs.
 *
 * LIMIT: POSIX only, for the descriptor and the signal.
 */
export function startHost({ log, onLost }: HostOptions): Host {
  const child = spawn(process.execPath, [...flags(), entry], { env: {}, stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
  const channel = channelOf(child);
  const pid = child.pid ?? 0;
  const frames = createFrameLog();
  const watch = createWatch(pid, frames);
  const ready = Promise.withResolvers<boolean>();
  const gone = Promise.withResolvers<void>();
  let sequence = 0;
  let isLost = false;

  const lose = (reason: string): void => {
    if (isLost) return;
    isLost = true;
    child.kill('SIGKILL');
    channel.destroy();
    watch[Symbol.dispose]();
    ready.resolve(false);
    frames.lose(reason !== 'stopped');
    onLost(host, reason);
  };
  const send = (kind: FrameKind, number: number, body: Uint8Array): void => {
    if (isLost) return;
    channel.cork();
    channel.write(encodeHeader(kind, number, body.length));
    channel.write(body);
    channel.uncork();
  };
  const take = ({ kind, number, body }: Frame): void => {
    if (isLost) return;
    if (kind === 'ready') ready.resolve(true);
    else frames.answer(number, decodeDone(body), performance.now());
  };
  const look = (): string | null => (isLost ? null : watch.check(host));
  const host: Host = {
    pid,
    opened: new Set(),
    bodies: new Map(),
    ready: ready.promise,
    get waiting() {
      return frames.size;
    },
    ask(kind, body, sent) {
      sequence += 1;
      frames.add(sequence, { ...sent, wall: sent.wall + channel.writableLength / throughput }, performance.now());
      send(kind, sequence, body);
      return sequence;
    },
    tell: (kind, number, body = new Uint8Array()) => send(kind, number, body),
    check() {
      // An answer may be waiting in the socket of a core that was busy itself: it is read before the second look.
      if (!look()) return;
      setImmediate(() => {
        const reason = look();
        if (reason) lose(reason);
      });
    },
    stop() {
      lose('stopped');
      return gone.promise;
    },
  };
  listen(child, channel, { take, lose, log: log.child({ pid }) });
  child.once('close', () => gone.resolve());
  return host;
}

type Listener = { take(frame: Frame): void; lose(reason: string): void; readonly log: Log };

function listen(child: ChildProcess, channel: Duplex, { take, lose, log }: Listener): void {
  const decode = createDecoder('core', take);
  channel.on('data', (chunk: Buffer) => {
    try {
      decode(chunk);
    } catch (thrown) {
      lose(`protocol: ${thrown instanceof Error ? thrown.message : 'broken'}`);
    }
  });
  channel.on('error', () => undefined);
  child.once('error', (error) => lose(`cannot start: ${error.message}`));
  // Not `exit`: what the host had answered before it ended is still to be read.
  child.once('close', (code, signal) => lose(signal ? `ended by ${signal}` : `ended with ${code}`));
  child.stderr
    ?.setEncoding('utf8')
    .on('data', (text: string) => log.warn({}, `sandbox host: ${text.trim().slice(0, 4096)}`));
}

function channelOf({ stdio }: ChildProcess): Duplex {
  const channel = stdio[3];
  if (channel instanceof Duplex) return channel;
  throw new TypeError('fd 3 of a sandbox host must be a socket');
}

function flags(): readonly string[] {
  const { resolve } = createRequire(import.meta.url);
  const packages = ['isolated-vm', 'piscina', 'node-gyp-build'].map((name) => {
    const path = resolve(name);
    return path.slice(0, path.lastIndexOf('node_modules') + 'node_modules'.length);
  });
  const here = dirname(entry);
  // node-gyp-build looks for the second to tell musl from glibc; Node reads the third for the type of our modules.
  const readable = [
    ...new Set([...packages, '/etc/alpine-release', join(dirname(dirname(here)), 'package.json'), here]),
  ];
  return [
    '--no-node-snapshot',
    '--no-warnings',
    '--permission',
    '--allow-addons',
    '--allow-worker',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    '--max-old-space-size=256',
  ];
}
