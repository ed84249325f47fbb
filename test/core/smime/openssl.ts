import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The `openssl` command of this machine; null when there is none of version 3. */
export const opensslVersion = ((): string | null => {
  try {
    const version = execFileSync('openssl', ['version'], { encoding: 'latin1' });
    return version.startsWith('OpenSSL 3.') ? version.trim() : null;
  } catch {
    return null;
  }
})();

/** A scratch folder in which openssl runs. */
export type Openssl = Disposable & {
  /** Writes a file into the folder. @returns its path */
  file(name: string, octets: Uint8Array): string;
  /** @throws Error with what openssl wrote to standard error */
  run(...parameters: readonly string[]): Buffer;
};

export function openOpenssl(): Openssl {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-openssl-'));
  return {
    file(name, octets) {
      const path = join(folder, name);
      writeFileSync(path, octets);
      return path;
    },
    run: (...parameters) =>
      execFileSync('openssl', parameters, { cwd: folder, maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'pipe'] }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
