import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openExchanger } from '../../support/mail-exchanger.ts';
import { openPop3 } from '../../support/pop3-client.ts';
import { findFreePorts } from '../../support/ports.ts';
import { startSluice } from '../../support/sluice-process.ts';
import { openSmtp } from '../../support/smtp-client.ts';

/** What a sink saw of one message: characters of each text, null when it was given none, and octets it read. */
export type Seen = { readonly text: number | null; readonly html: number | null; readonly octets: number };

/** Milliseconds: how late a timer was at most, and the most CPU one callback took before others had a turn. */
export type Loop = { readonly stall: number; readonly work: number };

/** A server with a sink that asks for everything a message has, and edits it. */
export type Gauntlet = AsyncDisposable & {
  /** Sends a message. @returns the code of the reply, and what the sink saw; null when it never said */
  run(name: string, octets: Buffer): Promise<{ readonly code: number; readonly seen: Seen | null }>;
  /** Sends it on its way through another host. @returns when that has it */
  relay(octets: Buffer): Promise<void>;
  /** Takes all there is out of the mailbox. @returns octets in all */
  fetch(): Promise<number>;
  /** What the serving event loop did since the last call. */
  loop(): Promise<Loop>;
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
  const file = join(folder, 'loop');
  await using opening = new AsyncDisposableStack();
  const next = opening.use(await openExchanger({ extensions: ['PIPELINING', '8BITMIME'] }));
  const sluice = await startSluice({
    folder,
    smtp,
    pop3,
    sinks: [join(folder, 'sinks')],
    bindings: [{ sink: 'reader', grants: ['message'], deadline: '30s', onFault: 'reject' }],
    server: { limits: { size: '40MB' }, relay: { from: ['127.0.0.1'] } },
    more: { routes: [{ domain: '*', smartHost: `127.0.0.1:${next.port}` }] },
    flags: ['--import', `${new URL('probe.ts', import.meta.url).href}?${encodeURIComponent(file)}`],
  });
  opening.use(sluice);
  await sluice.ready();
  const password = sluice.passwords().get('bob@example.test') ?? '';
  const running = opening.move();
  return {
    async run(name, octets) {
      await using client = await openSmtp(smtp);
      const from = `${name}@client.test`;
      const { code } = await client.send(from, ['bob@example.test'], octets);
      // The log comes by another way than the reply.
      for (let left = code === 250 ? 500 : 0; left > 0 && !seenIn(sluice.output(), from); left -= 1) await wait(10);
      return { code, seen: seenIn(sluice.output(), from) };
    },
    async relay(octets) {
      const before = next.received.length;
      await using client = await openSmtp(smtp);
      const { code } = await client.send('relay@client.test', ['carol@far.test'], octets);
      if (code !== 250) throw new Error(`a message to another host was answered ${code}`);
      while (next.received.length === before) await wait(10);
    },
    async fetch() {
      await using client = await openPop3(pop3, 'bob@example.test', password);
      const { count, size } = await client.stat();
      for (let number = 1; number <= count; number += 1) {
        await client.retrieve(number);
        await client.remove(number);
      }
      await client.quit();
      return size;
    },
    output: () => sluice.output(),
    async loop() {
      await rm(file, { force: true });
      sluice.process.kill('SIGUSR2');
      for (let left = 500; left > 0; left -= 1) {
        const figure = await readFile(file, 'utf8').catch(() => '');
        if (figure.endsWith('}')) return loopIn(JSON.parse(figure));
        await wait(10);
      }
      throw new Error(`the server does not answer; it said:\n${sluice.output().slice(-2_000)}`);
    },
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function loopIn(value: unknown): Loop {
  if (typeof value === 'object' && value !== null && 'stall' in value && 'work' in value)
    return { stall: Number(value.stall), work: Number(value.work) };
  throw new Error(`no figures: ${JSON.stringify(value)}`);
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
