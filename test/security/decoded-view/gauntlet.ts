import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findFreePorts } from '../../support/ports.ts';
import { startSluice } from '../../support/sluice-process.ts';
import { openSmtp } from '../../support/smtp-client.ts';

/** What a sink saw of one message: characters of each text, null when it was given none, and octets it read. */
export type Seen = { readonly text: number | null; readonly html: number | null; readonly octets: number };

/** A server with a sink that asks for everything a message has, and edits it. */
export type Gauntlet = AsyncDisposable & {
  /** Sends a message. @returns the code of the reply, and what the sink saw; null when it never said */
  run(name: string, octets: Buffer): Promise<{ readonly code: number; readonly seen: Seen | null }>;
  /** Longest stall of the serving event loop since the last call, ms. */
  stall(): Promise<number>;
  /** What the server printed. */
  output(): string;
};

const reader = `
  import { defineSink, insertText, appendField, next } from '@sluice/sdk';
  export default defineSink({
    name: 'reader', version: '1.0.0', description: 'Reads and edits all there is.', role: 'decides', needs: ['message'],
    async onEndOfData(event, { message, log }) {
      const text = await message.text();
      const html = await message.html();
      const octets = await message.octets(0, 65536);
      const sizes = { text: text?.length ?? null, html: html?.length ?? null, octets: octets.length };
      log.info('seen', { name: event.envelope.reversePath, ...sizes });
      const footnote = insertText({ plain: 'Fußnote', html: '<p>Fußnote</p>' }, 'below-newest-reply');
      return next(footnote, appendField('X-Read', 'yes'));
    },
  });`;

/** Starts the server. */
export async function openGauntlet(): Promise<Gauntlet> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-gauntlet-'));
  const sink = join(folder, 'sinks', 'reader');
  await mkdir(sink, { recursive: true });
  await writeFile(join(sink, 'sink.ts'), reader);
  const [smtp = 0, pop3 = 0] = await findFreePorts(2);
  const file = join(folder, 'stall');
  const sluice = await startSluice({
    folder,
    smtp,
    pop3,
    sinks: [join(folder, 'sinks')],
    bindings: [{ sink: 'reader', grants: ['message'], deadline: '30s', onFault: 'reject' }],
    server: { limits: { size: '40MB' } },
    flags: ['--import', `${new URL('probe.ts', import.meta.url).href}?${encodeURIComponent(file)}`],
  });
  await sluice.ready();
  return {
    async run(name, octets) {
      await using client = await openSmtp(smtp);
      const from = `${name}@client.test`;
      const { code } = await client.send(from, ['bob@example.test'], octets);
      return { code, seen: seenIn(sluice.output(), from) };
    },
    output: () => sluice.output(),
    async stall() {
      await rm(file, { force: true });
      sluice.process.kill('SIGUSR2');
      for (let left = 500; left > 0; left -= 1) {
        const figure = await readFile(file, 'utf8').catch(() => '');
        if (figure !== '') return Number(figure);
        await wait(10);
      }
      throw new Error(`the server does not answer; it said:\n${sluice.output().slice(-2_000)}`);
    },
    async [Symbol.asyncDispose]() {
      await sluice[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function seenIn(output: string, from: string): Seen | null {
  const line = output.split('\n').find((one) => one.includes(`"${from}"`) && one.includes('"octets"'));
  return line === undefined ? null : find(JSON.parse(line));
}

/** Values of a sink's log line lie where the log puts them. */
function find(value: unknown): Seen | null {
  if (typeof value !== 'object' || value === null) return null;
  if ('octets' in value && 'text' in value) return value as Seen;
  return Object.values(value).map(find).find(Boolean) ?? null;
}
