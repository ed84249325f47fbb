import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openPop3 } from '../support/pop3-client.ts';
import { findFreePorts } from '../support/ports.ts';
import { descendantsOf } from '../support/processes.ts';
import { startSluice, type Sluice } from '../support/sluice-process.ts';
import { openSmtp } from '../support/smtp-client.ts';

const isLong = process.env['LONG'] !== undefined;
const mails = isLong ? 200 : 10;
const octets = 25_000_000;

/** One asks for no message, one reads a little of it; both in 32 MB. Each adds a field. */
const sinks = {
  aloof: `async onArrival() { return next(appendField('X-Aloof', 'yes')); }`,
  reader: `async onArrival(event, { message }) {
    const start = await message.octets(0, 1024);
    return next(appendField('X-Reader', String(start.length)));
  }`,
};

test.skipIf(process.platform !== 'linux')(
  `${mails} messages of 25 MB go through sinks of 32 MB, and memory stays what it is for a few of them`,
  { timeout: isLong ? 1_800_000 : 300_000 },
  async () => {
    await using folder = await openFolder();
    const [smtp = 0, pop3 = 0] = await findFreePorts(2);
    await using sluice = await startSluice({
      folder: folder.path,
      smtp,
      pop3,
      sinks: [join(folder.path, 'sinks')],
      bindings: [{ sink: 'aloof' }, { sink: 'reader', grants: ['message'] }],
      server: { limits: { size: '30MB' } },
    });
    await sluice.ready();
    const mail = Buffer.concat([Buffer.from('Subject: large\r\n\r\n'), Buffer.alloc(octets, `${'x'.repeat(74)}\r\n`)]);

    const held: number[] = [];
    for (let sent = 0; sent < mails; sent += 1) {
      await using client = await openSmtp(smtp);
      expect(await client.send('a@example.test', ['alice@example.test'], mail)).toMatchObject({ code: 250 });
      const { size, header } = await takeOne(sluice);
      expect(size).toBeGreaterThan(octets);
      expect(header).toContain('X-Aloof: yes');
      expect(header).toContain('X-Reader: 1024');
      held.push(await residentOf(sluice));
    }
    const ever = Math.max(...held);
    process.stderr.write(`core and hosts: at most ${Math.round(ever)} MB resident\n`);
    // A message is in memory a few times while it is worked on; what none of them gives back would be 500 MB for each ten.
    expect(ever).toBeLessThan(1_200);
  },
);

async function openFolder() {
  const path = await mkdtemp(join(tmpdir(), 'sluice-large-'));
  for (const [name, handler] of Object.entries(sinks)) {
    await mkdir(join(path, 'sinks', name), { recursive: true });
    await writeFile(
      join(path, 'sinks', name, 'sink.ts'),
      `import { appendField, defineSink, next } from '@sluice/sdk';
       export default defineSink({ name: '${name}', version: '1.0.0', description: 'Large mail.', role: 'edits',
         limits: { memory: '32MB' }, ${name === 'reader' ? "needs: ['message']," : ''} ${handler} });`,
    );
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Waits for the message, takes it out of the mailbox. */
async function takeOne(sluice: Sluice): Promise<{ readonly size: number; readonly header: string }> {
  const password = sluice.passwords().get('alice@example.test') ?? '';
  for (let left = 600; left > 0; left -= 1) {
    await using client = await openPop3(sluice.pop3, 'alice@example.test', password);
    if ((await client.stat()).count > 0) {
      const message = await client.retrieve(1);
      await client.remove(1);
      await client.quit();
      return { size: message.length, header: message.toString('latin1', 0, 2_048) };
    }
    await wait(50);
  }
  throw new Error(`no message came; Sluice said:\n${sluice.output()}`);
}

/** Megabytes of the process and all it started. */
async function residentOf(sluice: Sluice): Promise<number> {
  const root = sluice.process.pid ?? 0;
  const all = await Promise.all(
    [root, ...descendantsOf(root)].map((pid) => readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')),
  );
  return all.reduce((sum, status) => sum + Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024, 0);
}
