import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { openClient } from '../support/dialogue.ts';
import { findFreePorts } from '../support/ports.ts';
import { startSluice, type Sluice, type SluiceOptions } from '../support/sluice-process.ts';

/** A running Sluice with sinks that a test writes; gone after the test. */
export type SinkServer = {
  readonly sluice: Sluice;
  /** Writes `sinks/<name>/sink.ts`. */
  readonly save: (name: string, source: string) => Promise<void>;
  /** Names recipients in one transaction. @returns the replies to RCPT */
  readonly rcpt: (user: string, count?: number) => Promise<readonly string[]>;
  /** The trace id in the first line of the log that has this text. */
  readonly traceOf: (text: string) => Promise<string>;
};

/** Starts Sluice with these sinks, by name. */
export async function serveSinks(
  sinks: Readonly<Record<string, string>>,
  options: Partial<SluiceOptions>,
): Promise<SinkServer> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-sinks-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const save = async (name: string, source: string): Promise<void> => {
    await mkdir(join(folder, 'sinks', name), { recursive: true });
    await writeFile(join(folder, 'sinks', name, 'sink.ts'), source);
  };
  for (const [name, source] of Object.entries(sinks)) await save(name, source);
  const [smtp = 0, pop3 = 0] = await findFreePorts(2);
  const sluice = await startSluice({ folder, smtp, pop3, sinks: [join(folder, 'sinks')], ...options });
  onTestFinished(() => sluice[Symbol.asyncDispose]());
  await sluice.ready();
  return {
    sluice,
    save,
    async rcpt(user, count = 1) {
      await using client = await openClient(smtp);
      await client.play('S: 220 …\nC: EHLO client.test\nS: 250*\nC: MAIL FROM:<ann@client.test>\nS: 250 …');
      const replies: string[] = [];
      for (let at = 0; at < count; at += 1) {
        await client.play(`C: RCPT TO:<${user}@example.test>`);
        replies.push((await client.line()) ?? 'closed');
      }
      return replies;
    },
    traceOf: (text) =>
      vi.waitFor(
        () => {
          const line =
            sluice
              .output()
              .split('\n')
              .find((one) => one.startsWith('{') && one.includes(text)) ?? '{}';
          const { traceId }: { readonly traceId?: unknown } = JSON.parse(line);
          if (typeof traceId !== 'string') throw new Error(`no line of log says ${text}:\n${sluice.output()}`);
          return traceId;
        },
        { timeout: 60_000 },
      ),
  };
}

/** A sink whose onRcpt has this body. */
export const sinkSource = (name: string, body: string, more = ''): string => `
import { accept, defineSink, next, reject } from '@sluice/sdk';
export default defineSink({
  name: '${name}', version: '1.0.0', description: 'A probe.', role: 'decides', needs: ['kv'], ${more}
  async onRcpt({ recipient }, { kv, log }) {
    ${body}
  },
});
`;
