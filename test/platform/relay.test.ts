import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test, vi } from 'vitest';
import { askSluice } from '../support/admin.ts';
import { openExchanger, type Exchanger } from '../support/mail-exchanger.ts';
import { findFreePorts } from '../support/ports.ts';
import { startSluice, type Sluice, type SluiceOptions } from '../support/sluice-process.ts';
import { openSmtp } from '../support/smtp-client.ts';

const isLong = process.env['LONG'] !== undefined;
const count = isLong ? 10_000 : 300;
/** Messages for the host that says nothing: many times the two places it may take. */
const swallowed = isLong ? 600 : 24;
const sinks = resolve(import.meta.dirname, '../../sinks');

/** Numbers from 0 to 1 that are the same in every run. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A host that refuses, defers and hangs up as it likes. A recipient it has refused for good, it refuses for good. */
async function openMoody(): Promise<Exchanger & { readonly refused: ReadonlySet<string> }> {
  const refused = new Set<string>();
  const roll = dice(7);
  const exchanger = await openExchanger({
    extensions: ['PIPELINING', '8BITMIME', 'SIZE 10000000', 'DSN'],
    says(line) {
      if (!/^(?:MAIL|RCPT|DATA|\.)/.test(line)) return undefined;
      const mood = roll();
      const address = /<(.*)>/.exec(line)?.[1] ?? '';
      if (line.startsWith('RCPT') && (refused.has(address) || mood < 0.03)) {
        refused.add(address);
        return '550 5.1.1 not here';
      }
      if (mood < 0.06) return '451 4.3.0 not now';
      return mood < 0.08 ? 'cut' : undefined;
    },
  });
  return Object.assign(exchanger, { refused });
}

const optionsFor = (folder: string, [smtp = 0, pop3 = 0]: readonly number[], next: Exchanger): SluiceOptions => ({
  folder,
  smtp,
  pop3,
  sinks: [sinks],
  bindings: [
    {
      sink: 'disclaimer',
      grants: ['message'],
      // On a machine with too much to do the sink may be late: its mail waits, and never goes on without.
      onFault: 'defer',
      settings: { text: 'Speaks for nobody.', html: '<p>Speaks for nobody.</p>' },
    },
  ],
  server: {
    relay: { from: ['127.0.0.1'] },
    retry: { schedule: ['200ms'], expiry: '1h' },
    limits: { messagesPerConnection: 1_000_000 },
  },
  more: {
    telemetry: { level: 'warn' },
    routes: [{ domain: '*', smartHost: `127.0.0.1:${next.port}` }],
    relay: { rest: '100ms' },
  },
});

const addressOf = (at: number): string => `m${at}@far.test`;

/** Sends them over a few sessions. @returns the numbers of those that were answered with 250 */
async function sendAll(port: number, from: number, to: number): Promise<readonly number[]> {
  const accepted: number[] = [];
  let next = from;
  const session = async (): Promise<void> => {
    await using client = await openSmtp(port);
    for (let at = next++; at < to; at = next++) {
      const text = `From: Alice <alice@example.test>\r\nTo: ${addressOf(at)}\r\nSubject: ${at}\r\nMessage-ID: <${at}@example.test>\r\n\r\nHello.\r\n`;
      const { code } = await client
        .send('alice@example.test', [addressOf(at)], Buffer.from(text))
        .catch(() => ({ code: 0 }));
      if (code !== 250) return;
      accepted.push(at);
    }
  };
  await Promise.all(Array.from({ length: 8 }, session));
  return accepted;
}

/** Reports in the mailbox of the sender, by the recipient they are about. */
async function reportsOf({ data }: Sluice): Promise<readonly string[]> {
  const mail = await askSluice(data, 'mailbox', { user: 'alice@example.test' }).catch(() => []);
  const texts: Uint8Array[] = [];
  // One after the other: the socket of operators takes no crowd.
  for (const { uid } of mail) texts.push(await askSluice(data, 'message', { user: 'alice@example.test', uid }));
  return texts.map((octets) => /Final-Recipient: rfc822; (\S+)/.exec(Buffer.from(octets).toString())?.[1] ?? '');
}

/** What became of a message on its way, for whoever has to find out why it is not as it should be. */
async function storyOf({ data }: Sluice, content: string): Promise<unknown> {
  const id = /with ESMTP id (\w+)/.exec(content)?.[1] ?? '';
  return [content, await askSluice(data, 'trace', { id })];
}

const isEmpty = async ({ data }: Sluice): Promise<boolean> => (await askSluice(data, 'queue', {})).length === 0;

test(`${count} messages through a host of moods: each is delivered once or reported, over a kill -9 in between`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-relay-'));
  await using next = await openMoody();
  const options = optionsFor(folder, await findFreePorts(2), next);
  const first = await startSluice(options);
  await first.ready();
  const accepted = [...(await sendAll(first.smtp, 0, count / 2))];
  expect(accepted).toHaveLength(count / 2);
  await vi.waitUntil(() => next.received.length > count / 5, { timeout: 60_000 });
  await first.kill();

  await using sluice = await startSluice(options);
  await sluice.ready();
  accepted.push(...(await sendAll(sluice.smtp, count / 2, count)));
  expect(accepted).toHaveLength(count);
  await vi.waitUntil(() => isEmpty(sluice), { timeout: 120_000, interval: 100 });

  const received = Map.groupBy(next.received, ({ to }) => to[0] ?? '');
  const reported = new Set(await reportsOf(sluice));
  const lost = accepted.map(addressOf).filter((address) => !received.has(address) && !reported.has(address));
  expect(lost).toEqual([]);
  for (const address of reported) expect(next.refused).toContain(address);
  // What was under way when the process was killed may come twice, and nothing else (RFC 1047).
  const twice = [...received.values()].filter((copies) => copies.length > 1);
  expect(twice.length).toBeLessThanOrEqual(192);
  expect(twice.every(([one]) => Number(/Subject: (\d+)/.exec(one?.content ?? '')?.[1]) < count / 2)).toBe(true);
  const unlike = next.received.filter(({ content }) => content.match(/Speaks for nobody\./g)?.length !== 1);
  expect(await Promise.all(unlike.map((one) => storyOf(sluice, one.content)))).toEqual([]);
  await sluice.stop();
  await rm(folder, { recursive: true });
}, 300_000);

test('mail for a black hole waits in sight, and local mail and other hosts are served meanwhile', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-hole-'));
  await using hole = await openExchanger({ mute: true });
  await using well = await openExchanger();
  const options = optionsFor(folder, await findFreePorts(2), well);
  const routes = [
    { domain: 'hole.test', smartHost: `127.0.0.1:${hole.port}` },
    { domain: '*', smartHost: `127.0.0.1:${well.port}` },
  ];
  await using sluice = await startSluice({ ...options, more: { ...options.more, routes } });
  await sluice.ready();
  await using client = await openSmtp(sluice.smtp);
  const text = Buffer.from('Subject: x\r\n\r\nHello.\r\n');
  for (let at = 0; at < swallowed; at += 1) await client.send('alice@example.test', [`x${at}@hole.test`], text);
  await client.send('alice@example.test', ['bob@example.test', 'y@well.test'], text);
  await vi.waitUntil(
    async () => well.received.length === 1 && (await askSluice(sluice.data, 'queue', {})).length === swallowed,
    { timeout: 60_000 },
  );
  expect(hole.connections).toBeLessThanOrEqual(2);
  await sluice.stop();
  await rm(folder, { recursive: true });
}, 90_000);
