import { findConfig } from '../places.ts';

/**
 * Runs Sluice until it stops; `main.ts` supplies it.
 *
 * @param options.data overrides the data folder of the configuration; null: not said
 * @returns the exit code
 */
export type Run = (options: { readonly config: string; readonly data: string | null }) => Promise<number>;

/** `sluice start`. */
export async function start(
  { config, data }: { readonly config?: string; readonly data?: string },
  run: Run,
): Promise<number> {
  return await run({ config: findConfig(config), data: data ?? null });
}
