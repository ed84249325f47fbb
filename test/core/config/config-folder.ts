import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { formatProblem, readConfig, type Config, type ReadConfig } from '../../../core/config/config.ts';

/** A folder with an empty `sinks`, and a `sluice.yaml` that is what the test says. */
export type ConfigFolder = {
  readonly folder: () => string;
  readonly read: (yaml: string | Uint8Array) => Promise<ReadConfig>;
  /** What `sluice check` prints, the folder left out; empty when there is nothing wrong. */
  readonly problemsOf: (yaml: string | Uint8Array) => Promise<readonly string[]>;
  /** @throws Error with what is wrong */
  readonly configOf: (yaml: string) => Promise<Config>;
};

/** For a test file: it is there before the first test and gone after the last. */
export function openConfigFolder(): ConfigFolder {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-config-'));
    mkdirSync(join(folder, 'sinks'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function read(yaml: string | Uint8Array): Promise<ReadConfig> {
    const file = join(folder, 'sluice.yaml');
    writeFileSync(file, yaml);
    return await readConfig(file);
  }

  return {
    folder: () => folder,
    read,
    async problemsOf(yaml) {
      const made = await read(yaml);
      return made.kind === 'problems'
        ? made.problems.map((one) => formatProblem(one).replaceAll(`${folder}/`, ''))
        : [];
    },
    async configOf(yaml) {
      const made = await read(yaml);
      if (made.kind === 'problems') throw new Error(made.problems.map(formatProblem).join('\n'));
      return made.config;
    },
  };
}
