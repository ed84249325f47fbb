import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openClient } from '../support/dialogue.ts';
import { findFreePorts } from '../support/ports.ts';
import { startSluice, type Sluice } from '../support/sluice-process.ts';

async function options() {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-breaker-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const [smtp = 0, pop3 = 0] = await findFreePorts(2);
  const bindings = [{ sink: 'crashes', rule: 'rcpt to=bob@*' }, { sink: 'bystander' }];
  return { folder, smtp, pop3, sinks: [resolve(import.meta.dirname, 'sinks')], bindings };
}

async function playRcpt({ smtp }: Sluice, user: string, replies: readonly string[]): Promise<void> {
  await using client = await openClient(smtp);
  await client.play(`
    S: 220 …
    C: EHLO client.test
    S: 250*
    C: MAIL FROM:<ann@client.test>
    S: 250 …
    ${replies.map((said) => `C: RCPT TO:<${user}@example.test>\n    S: ${said}`).join('\n    ')}`);
}

const offText = 'binding mx/crashes/crashes is off: sluice sink on mx/crashes/crashes (sandbox.killed)';

async function isOff(sluice: Sluice): Promise<boolean> {
  // It ends with 1 when there are problems.
  const said = await sluice.verb('status', '--json').catch((error: unknown) => String(error));
  return said.includes(offText);
}

test('a sink that ended two hosts is off, other mail goes on, and it stays so over kill -9 until it is turned on', async () => {
  const given = await options();
  {
    await using sluice = await startSluice(given);
    await sluice.ready();
    await playRcpt(sluice, 'bob', ['451 4.3.0 …', '451 4.3.0 …', '451 4.3.0 …']);
    await playRcpt(sluice, 'alice', ['250 …']);
    expect(await isOff(sluice)).toBe(true);
    expect(sluice.output().match(/"alarm":true/g)).toHaveLength(1);
    await sluice.kill();
  }
  await using again = await startSluice(given);
  await again.ready();
  expect(await isOff(again)).toBe(true);
  await playRcpt(again, 'alice', ['250 …']);
  expect(await again.verb('sink', 'on', 'mx/crashes/crashes')).toBe('mx/crashes/crashes is asked again.\n');
  expect(await isOff(again)).toBe(false);
});
