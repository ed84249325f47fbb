// oxlint-disable-next-line no-restricted-imports -- a debugger's own process, never part of a server
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { EventName } from '../../sdk/catalogue.ts';

/** What is run under the inspector. Everything in it goes to another process, as JSON. */
export type InspectOptions = {
  /** Holds `sink.ts`. */
  readonly folder: string;
  /** `settings`, `grants` … as in the binding. */
  readonly binding: Readonly<Record<string, unknown>>;
  /** Null: the first event of the sink that carries a message. */
  readonly event: EventName | null;
  /** A message in a file; null for none. */
  readonly eml: string | null;
  /** What stands in the payload instead of the defaults. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** Of the inspector, on this machine; 0: any. */
  readonly port: number;
};

/**
 * Runs a sink in a process of its own, a plain Node with its inspector open: breakpoints, steps, values. There is no
 * sandbox around it, so it is for one's own code only.
 *
 * @returns the exit code, when the process ends
 */
export async function runInspect(options: InspectOptions): Promise<number> {
  const program = fileURLToPath(new URL('./inspected.ts', import.meta.url));
  const args = [`--inspect=127.0.0.1:${options.port}`, '--enable-source-maps', program, JSON.stringify(options)];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  // ctrl-c goes to both: the child ends, and then this does.
  const pass = (): void => void child.kill();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, pass);
  try {
    await once(child, 'exit');
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, pass);
  }
  return child.exitCode ?? 0;
}
