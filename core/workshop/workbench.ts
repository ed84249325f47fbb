import type { InspectOptions } from './inspect.ts';
import type { ReplayOptions, ReplayReport } from './replay.ts';
import type { TryOptions, TryReport } from './try.ts';

export type { ReplayReport } from './replay.ts';
export type { TryReport } from './try.ts';
export type { MessageView } from './view.ts';

/** What the command line offers whoever writes sinks; each part is loaded when it is asked for. */
export type Workbench = {
  readonly tryOut: (options: TryOptions) => Promise<TryReport>;
  /** Runs the tests of some folders. @returns the exit code */
  readonly test: (folders: readonly string[]) => Promise<number>;
  readonly replay: (options: ReplayOptions) => Promise<ReplayReport>;
  /** Runs a sink under Node's inspector, without a sandbox. @returns the exit code */
  readonly inspect: (options: InspectOptions) => Promise<number>;
  /** Runs a server for one sink until it is told to stop. @returns the exit code */
  readonly dev: (options: DevOptions) => Promise<number>;
};

export type DevOptions = {
  /** Holds `sink.ts`. */
  readonly folder: string;
  /** `settings`, `grants` … as in the binding. */
  readonly binding: Readonly<Record<string, unknown>>;
  /** Ports on this machine. */
  readonly smtp: number;
  readonly pop3: number;
  /** Gets what is to be shown, a line or several at a time. */
  readonly say: (text: string) => void;
};

/** The workbench, with nothing loaded yet. */
export const workbench: Workbench = {
  tryOut: async (options) => await (await import('./try.ts')).tryOut(options),
  test: async (folders) => await (await import('./run-tests.ts')).runTests(folders),
  replay: async (options) => await (await import('./replay.ts')).replay(options),
  inspect: async (options) => await (await import('./inspect.ts')).runInspect(options),
  dev: async (options) => await (await import('./dev.ts')).runDev(options),
};
