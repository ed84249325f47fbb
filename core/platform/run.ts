import { once } from 'node:events';
import { resolve } from 'node:path';
import { formatProblem, readConfig, type ReadConfig } from '../config/config.ts';
import { Fault } from '../errors.ts';
import { startPlatform, type Platform } from '../platform.ts';
import { bannerOf, type Password } from './banner.ts';

/**
 * Runs Sluice until SIGINT or SIGTERM; SIGHUP reloads. A second signal ends the process at once.
 *
 * @param options.data instead of the configuration's data folder; null: not said
 * @returns the exit code: 0 after an orderly stop, 1 when it cannot start
 */
export async function run({ config: file, data }: { config: string; data: string | null }): Promise<number> {
  const read = async (): Promise<ReadConfig> => withData(await readConfig(file), data);
  const first = await read();
  if (first.kind === 'problems') return refuse(first.problems.map(formatProblem));

  const signals = listenForSignals();
  const passwords: Password[] = [];
  const onPassword = (user: string, password: string): void => {
    passwords.push({ user, password });
  };
  try {
    const started = await startPlatform({ file, first, read, onPassword });
    tell(passwords, started.kind === 'running' ? started.platform : null, file);
    if (started.kind === 'problems') return refuse(started.problems);
    const { platform } = started;
    signals.onReload(() => void platform.reload());
    const end = await Promise.race([signals.stop, platform.broken.then(() => null)]);
    await stop(platform, end ?? 'The database has stopped');
    return end === null ? 1 : 0;
  } catch (thrown) {
    if (thrown instanceof Fault) return refuse([textOf(thrown)]);
    throw thrown;
  }
}

function withData(read: ReadConfig, data: string | null): ReadConfig {
  if (read.kind === 'problems' || data === null) return read;
  return { ...read, config: { ...read.config, data: resolve(data) } };
}

/** Passwords are told also when the start failed later: they are stored as hashes already. */
function tell(passwords: readonly Password[], platform: Platform | null, file: string): void {
  process.stdout.write(bannerOf({ passwords, platform, file }));
}

type Signals = { readonly stop: Promise<string>; onReload(reload: () => void): void };

/** From the first moment on: a signal during the start is heeded when it is done. */
function listenForSignals(): Signals {
  let reload: (() => void) | null = null;
  let isWanted = false;
  process.on('SIGHUP', () => (reload ? reload() : (isWanted = true)));
  const signal = Promise.race(['SIGINT', 'SIGTERM'].map((name) => once(process, name).then(() => name)));
  return {
    stop: signal,
    onReload(react) {
      reload = react;
      if (isWanted) react();
    },
  };
}

async function stop(platform: Platform, why: string): Promise<void> {
  for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => process.exit(130));
  process.stdout.write(`${why}: sessions end, the queue keeps what is left …\n`);
  await platform[Symbol.asyncDispose]();
  process.stdout.write('Sluice has stopped.\n');
}

function refuse(problems: readonly string[]): number {
  process.stderr.write(`Sluice does not start:\n${problems.map((problem) => `  ${problem}\n`).join('')}`);
  return 1;
}

/** The reason a part gives, else the fault's own words with what it knows. */
function textOf({ message, context, cause }: Fault): string {
  if (context['reason'] !== undefined) return String(context['reason']);
  const known = Object.entries(context).map(([key, value]) => `${key} ${value}`);
  return [message, ...known, cause instanceof Error ? cause.message : ''].filter(Boolean).join(' · ');
}
