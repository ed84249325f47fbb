import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openClient } from '../support/dialogue.ts';
import { findFreePorts } from '../support/ports.ts';
import { startSluice, type Sluice } from '../support/sluice-process.ts';

const bad = ['throws', 'loops', 'eats', 'answers-nonsense', 'crashes'];

let folder: string;
let sluice: Sluice;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-bad-sinks-'));
  const [smtp = 0, pop3 = 0] = await findFreePorts(2);
  const bindings = bad.map((sink) => ({ sink, rule: `mail from=${sink}@client.test` }));
  const sinks = [resolve(import.meta.dirname, 'sinks')];
  sluice = await startSluice({ folder, smtp, pop3, sinks, bindings: [...bindings, { sink: 'bystander' }] });
  await sluice.ready();
});
afterAll(async () => {
  await sluice[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Names recipients, one after the other, until told to stop. @returns how many were taken */
async function standBy(signal: AbortSignal): Promise<number> {
  await using client = await openClient(sluice.smtp);
  await client.play(`
    S: 220 …
    C: EHLO bystander.test
    S: 250*`);
  for (let taken = 0; ; taken += 1) {
    if (signal.aborted) return taken;
    await client.play(`
      C: MAIL FROM:<ann@client.test>
      S: 250 …
      C: RCPT TO:<bob@example.test>
      S: 250 …
      C: RSET
      S: 250 …`);
  }
}

test.for(bad)('a sink that %s makes its own mail wait, is named in the trace, and harms nobody else', async (sink) => {
  const done = new AbortController();
  const bystander = standBy(done.signal);
  await using client = await openClient(sluice.smtp);
  await client.play(`
    S: 220 …
    C: EHLO client.test
    S: 250*
    C: MAIL FROM:<${sink}@client.test>
    S: 250 …
    C: RCPT TO:<bob@example.test>
    S: 451 4.3.0 …`);
  done.abort();
  expect(await bystander).toBeGreaterThan(0);
  expect(sluice.output()).toContain(`mx/${sink}/${sink}`);
});
