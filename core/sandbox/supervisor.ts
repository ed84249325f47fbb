// oxlint-disable-next-line no-restricted-imports -- the one place that starts processes
import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { Duplex } from 'node:stream';
import type { Log } from '../telemetry/telemetry.ts';
import { createDecoder, decodeDone, encodeHeader, type Frame, type FrameKind } from './bridge.ts';
import { createFrameLog, type Sent } from './frames.ts';
import { createWatch, type Over } from './watch.ts';

export type HostOptions = {
  /** What Node is given: see `HostProgram`. */
  readonly command: readonly string[];
  readonly log: Log;
  /** It is gone. Comes once, after its requests were settled. @param sink who made it too large, where that was it */
  readonly onLost: (host: Host, reason: string, sink: string | null) => void;
};

/** Octets a host takes in a millisecond at least: what is still on its way does not count against it. */
const throughput = 20_000;
/** Characters kept of what a host writes to standard error; V8 says there why it ended the process. */
const lastWords = 2000;

/**
 * One sandbox host process, as the core sees it: an empty environment, no standard input or output, a socket pair as
 * fd 3. It is killed when it is late, too large, or breaks the protocol.
 *
 * LIMIT: POSIX only, for the descriptor and the signal.
 */
export class Host {
  readonly pid: number;
  /** Isolates that were opened in it, and sizes of the messages it holds, by number. */
  readonly opened = new Set<number>();
  readonly bodies = new Map<number, number>();
  /** Isolates that were closed in it. */
  retired = 0;
  /** Milliseconds of CPU the frames under way are expected to take. */
  load = 0;
  readonly born = performance.now();
  onLost: HostOptions['onLost'];
  readonly #child: ChildProcess;
  readonly #channel: Duplex;
  readonly #options: HostOptions;
  readonly #frames = createFrameLog();
  readonly #watch;
  readonly #ready = Promise.withResolvers<boolean>();
  readonly #gone = Promise.withResolvers<void>();
  #lastRequest = 0;
  #words = '';
  #isLost = false;

  constructor(options: HostOptions) {
    this.#options = options;
    this.onLost = options.onLost;
    this.#child = spawn(process.execPath, [...options.command], {
      env: {},
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    this.#channel = channelOf(this.#child);
    this.pid = this.#child.pid ?? 0;
    preferToLose(this.pid);
    this.#watch = createWatch(this.pid, this.#frames);
    this.#listen();
  }

  /** Resolves when it takes frames; false when it ended before. */
  get ready(): Promise<boolean> {
    return this.#ready.promise;
  }

  /** Requests it has not answered. */
  get waiting(): number {
    return this.#frames.size;
  }

  /** Octets of memory it holds, as the system counts; 0 where that is not known. */
  get resident(): number {
    return this.#isLost ? 0 : this.#watch.resident();
  }

  /** Sends a request. @returns its number, higher than that of every request before it */
  ask(kind: 'open' | 'describe' | 'run', body: Buffer, sent: Sent): number {
    const number = (this.#lastRequest += 1);
    if (this.#isLost) {
      queueMicrotask(() => sent.settle({ kind: 'lost', isCulprit: false }));
      return number;
    }
    const wall = sent.wall + this.#channel.writableLength / throughput;
    this.#frames.add(number, { wall, who: sent.who, settle: (outcome) => sent.settle(outcome) }, performance.now());
    this.#send(kind, number, body);
    return number;
  }

  /** Sends what has no answer. @param number of the isolate or the message */
  tell(kind: 'close' | 'octets' | 'free', number: number, body: Uint8Array = new Uint8Array()): void {
    if (!this.#isLost) this.#send(kind, number, body);
  }

  /** Looks at its clock and its memory; kills it when one is over the limit. */
  check(): void {
    if (!this.#overLimit()) return;
    // An answer may be waiting in the socket of a core that was busy itself: it is read before the second look.
    setImmediate(() => {
      const over = this.#overLimit();
      if (over) this.#lose(over.reason, over.sink);
    });
  }

  /** Kills it. @returns when the process is gone */
  stop(): Promise<void> {
    this.#lose('stopped');
    return this.#gone.promise;
  }

  #overLimit(): Over | null {
    return this.#isLost ? null : this.#watch.check(this);
  }

  #send(kind: FrameKind, number: number, body: Uint8Array): void {
    this.#channel.cork();
    this.#channel.write(encodeHeader(kind, number, body.length));
    this.#channel.write(body);
    this.#channel.uncork();
  }

  #take({ kind, number, body }: Frame): void {
    if (this.#isLost) return;
    if (kind === 'ready') this.#ready.resolve(true);
    else this.#frames.answer(number, decodeDone(body), performance.now());
  }

  #lose(reason: string, sink: string | null = null): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#child.kill('SIGKILL');
    this.#channel.destroy();
    this.#watch[Symbol.dispose]();
    this.#ready.resolve(false);
    this.#frames.lose(({ who }, isFirst) => reason !== 'stopped' && (sink === null ? isFirst : who === sink));
    this.onLost(this, reason, sink);
  }

  #listen(): void {
    const decode = createDecoder('core', (frame) => this.#take(frame));
    this.#channel.on('data', (chunk: Buffer) => {
      try {
        decode(chunk);
      } catch (thrown) {
        this.#lose(`protocol: ${thrown instanceof Error ? thrown.message : 'broken'}`);
      }
    });
    this.#channel.on('error', () => undefined);
    this.#child.once('error', (error) => this.#lose(`cannot start: ${error.message}`));
    // Not `exit`: what the host had answered before it ended is still to be read.
    this.#child.once('close', (code, signal) => {
      this.#lose(signal ? `ended by ${signal}` : `ended with ${code}`);
      this.#gone.resolve();
      if (this.#words !== '') this.#options.log.debug({ pid: this.pid, words: this.#words }, 'sandbox: last words');
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#words = `${this.#words}${text}`.slice(0, lastWords);
    });
  }
}

/** When the machine runs out of memory, the kernel takes a sandbox host before anything else of ours. */
function preferToLose(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
  } catch {
    // Not Linux, or not allowed: the kernel decides.
  }
}

function channelOf({ stdio }: ChildProcess): Duplex {
  const channel = stdio[3];
  if (channel instanceof Duplex) return channel;
  throw new TypeError('fd 3 of a sandbox host must be a socket');
}
