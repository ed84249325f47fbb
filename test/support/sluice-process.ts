import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { descendantsOf } from './processes.ts';

const main = join(import.meta.dirname, '../../core/main.ts');

/** What to run and where; everything lies in `folder`, so a test throws it away with one call. */
export type SluiceOptions = {
  /** Holds `sluice.yaml` and the data folder; made when absent. Start twice on one folder to see what survived. */
  readonly folder: string;
  readonly smtp: number;
  readonly pop3: number;
  /** Folders with sinks; default: none. */
  readonly sinks?: readonly string[];
  /** Bindings of the SMTP virtual server, as in `sluice.yaml`. */
  readonly bindings?: readonly object[];
  /** Merged into the SMTP virtual server. */
  readonly server?: object;
  /** Merged into the whole configuration. */
  readonly more?: object;
  /** A command that runs the process, e.g. `['strace', '-f']`. */
  readonly under?: readonly string[];
  /** Flags of the runtime, e.g. `['--cpu-prof']`. */
  readonly flags?: readonly string[];
};

export type Sluice = AsyncDisposable & {
  readonly process: ChildProcess;
  readonly smtp: number;
  readonly pop3: number;
  readonly config: string;
  readonly data: string;
  /** Everything it printed so far. */
  output(): string;
  /** Passwords it printed, by address: only at the first start on a folder. */
  passwords(): ReadonlyMap<string, string>;
  /** Waits until SMTP and POP3 greet and it has printed what it prints at the start. @throws Error with its output when it ends or is late */
  ready(): Promise<void>;
  /** Runs `sluice <verb>` against it. @returns its standard output. @throws Error when it fails */
  verb(...args: readonly string[]): Promise<string>;
  /** kill -9, and waits until the kernel has taken everything back. */
  kill(): Promise<void>;
  /** SIGTERM. @returns the exit code */
  stop(): Promise<number | null>;
};

/** Starts Sluice as a process of its own, the way an operator does. Disposing stops it. */
export async function startSluice(options: SluiceOptions): Promise<Sluice> {
  await mkdir(options.folder, { recursive: true });
  const config = join(options.folder, 'sluice.yaml');
  await writeFile(config, JSON.stringify(configOf(options), null, 2));
  const sluice = [
    process.execPath,
    ...(options.flags ?? []),
    '--max-semi-space-size=64',
    main,
    'start',
    '--config',
    config,
  ];
  const [command, ...args] = [...(options.under ?? []), ...sluice];
  const child = spawn(command ?? process.execPath, args, { cwd: options.folder, stdio: ['ignore', 'pipe', 'pipe'] });
  return follow(child, options, config);
}

/** JSON is YAML. */
function configOf({ folder, smtp, pop3, sinks = [], bindings = [], server = {}, more = {} }: SluiceOptions): object {
  return {
    data: join(folder, 'data'),
    sinks,
    domains: [{ name: 'example.test', users: ['alice', 'bob'] }],
    virtualServers: [
      {
        id: 'mx',
        protocol: 'smtp',
        listen: [`127.0.0.1:${smtp}`],
        hostname: 'mail.example.test',
        bindings,
        ...server,
      },
      { id: 'pop', protocol: 'pop3', listen: [`127.0.0.1:${pop3}`] },
    ],
    ...more,
  };
}

function follow(child: ChildProcess, { folder, smtp, pop3, under }: SluiceOptions, config: string): Sluice {
  const isUnder = under !== undefined;
  let printed = '';
  child.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const exit = once(child, 'exit');
  const dieWithUs = (): void => signalSluice(child, isUnder, 'SIGKILL');
  process.once('exit', dieWithUs);
  child.once('exit', () => process.off('exit', dieWithUs));
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!hasEnded()) signalSluice(child, isUnder, signal);
    await exit;
  };

  const ended = (): string | null => (hasEnded() ? printed || 'no output' : null);

  return {
    process: child,
    smtp,
    pop3,
    config,
    data: join(folder, 'data'),
    output: () => printed,
    passwords: () =>
      new Map([...printed.matchAll(/(\S+@\S+)[ \t]+(\S+)[ \t]*$/gm)].map(([, a = '', b = '']) => [a, b])),
    async ready() {
      for (const port of [smtp, pop3]) await until(() => greets(port), `nobody greets on port ${port}`, ended);
      await until(async () => / runs\./.test(printed), 'it does not say that it runs', ended);
    },
    verb: (...args) => runVerb(config, args),
    kill: () => end('SIGKILL'),
    async stop() {
      await end('SIGTERM');
      return child.exitCode;
    },
    async [Symbol.asyncDispose]() {
      const late = setTimeout(() => signalSluice(child, isUnder, 'SIGKILL'), 10_000);
      await end('SIGTERM');
      clearTimeout(late);
    },
  };
}

/** What Sluice runs under (strace) keeps signals to itself: Sluice is its first child. */
function signalSluice(child: ChildProcess, isUnder: boolean, signal: NodeJS.Signals): void {
  const pid = isUnder ? descendantsOf(child.pid ?? 0)[0] : child.pid;
  if (pid !== undefined) process.kill(pid, signal);
}

/** Asks until the answer is yes. @throws Error after a minute, or with `ended()` as soon as that says the process is gone */
async function until(isSo: () => Promise<boolean>, otherwise: string, ended: () => string | null): Promise<void> {
  for (const last = Date.now() + 60_000; !(await isSo()); await wait(15)) {
    const output = ended();
    if (output !== null) throw new Error(`Sluice ended before it was ready:\n${output}`);
    if (Date.now() > last) throw new Error(otherwise);
  }
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const tell = (yes: boolean): void => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('data', () => tell(true));
    socket.once('error', () => tell(false));
    socket.once('close', () => tell(false));
  });
}

async function runVerb(config: string, args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [main, ...args, '--config', config], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  await once(child, 'close');
  if (child.exitCode !== 0) throw new Error(`sluice ${args.join(' ')} exited with ${child.exitCode}: ${err}${out}`);
  return out;
}
