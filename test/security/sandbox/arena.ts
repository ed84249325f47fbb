import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openAdminClient } from '../../../core/admin/client.ts';
import type { Engine } from '../../../core/engine.ts';
import { openClient, type Client } from '../../support/dialogue.ts';
import { openPop3 } from '../../support/pop3-client.ts';
import { findFreePorts } from '../../support/ports.ts';
import { startSluice, type Sluice } from '../../support/sluice-process.ts';
import type { Attacks } from './attacks/attack.ts';

/** A server with one binding for each attack, all of one sink, and a bystander. */
export type Arena = AsyncDisposable & {
  readonly sluice: Sluice;
  /** Sends what the attacker of that name is asked about. @returns the reply to RCPT */
  provoke(name: string): Promise<string>;
  /**
   * Sends mail from each of these attackers, who are asked about it on its arrival, and waits until all is settled.
   *
   * @returns why each was held, by name; `''` where it was delivered
   */
  provokeArrival(names: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Sends mail the bystander is asked about, one transaction after the other, until told to stop. */
  standBy(signal: AbortSignal): Promise<Witness>;
  /** Waits until as many messages are in the mailbox, half a minute at most. @returns how many are there */
  arrived(count: number): Promise<number>;
};
/**
 * What the bystander's client saw: milliseconds each RCPT took, hosts that were lost meanwhile, messages accepted, and
 * the first wrong reply. Losses count whatever the machine is busy with: who is starved sees many while it waits.
 */
export type Witness = {
  readonly waited: readonly number[];
  readonly losses: readonly number[];
  readonly accepted: number;
  readonly error: string | null;
};

/**
 * A machine busy with other work starves all of us for seconds: so many answers may be late without it being the work of
 * an attacker, that is while no more than one host was lost.
 */
const mostLate = 3;
/** One of so many of the bystander's transactions ends with a message; the others with RSET. */
const messageEvery = 20;

/** When the attacks are asked. */
export type Moment = 'onRcpt' | 'onArrival';

/** Starts a server where each of these attacks waits for its mail. @param engine what runs all of its sinks */
export async function openArena(
  attacks: Attacks,
  moment: Moment = 'onRcpt',
  engine: Engine = 'isolate',
): Promise<Arena> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-arena-'));
  const sinks = join(folder, 'sinks');
  await writeSinks(sinks, attacks);
  const [smtp = 0, pop3 = 0] = await findFreePorts(2);
  const attackers = Object.keys(attacks).map((name) => ({
    sink: 'attacker',
    name,
    rule: `mail from=${name}@client.test`,
    grants: ['kv', 'message'],
    events: [moment],
    deadline: '2s',
    onFault: moment === 'onRcpt' ? 'defer' : 'quarantine',
  }));
  const bystander = { sink: 'bystander', rule: 'mail from=ann@client.test', grants: ['kv'] };
  const sluice = await startSluice({
    folder,
    smtp,
    pop3,
    sinks: [sinks],
    bindings: [...attackers, bystander],
    more: { sandbox: { engine } },
  });
  await sluice.ready();
  return {
    sluice,
    async provoke(name) {
      await untilSpare(sluice);
      return await provoke(smtp, name);
    },
    provokeArrival: (names) => provokeArrival(sluice, names),
    standBy: (signal) => standBy(smtp, signal, countLosses(sluice)),
    arrived: (count) => arrived(sluice, count),
    async [Symbol.asyncDispose]() {
      await sluice[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function writeSinks(folder: string, attacks: Attacks): Promise<void> {
  const entries = Object.entries(attacks).map(([name, body]) => `'${name}': async (event, has) => {\n${body}\n},`);
  const attacker = `
    import { defineSink, next, quarantine, reject } from '@sluice/sdk';
    const state = [];
    const long = () => { let text = 'a'; while (text.length < 2 ** 28) text += text; return text; };
    const attacks = {\n${entries.join('\n')}\n};
    export default defineSink({
      name: 'attacker', version: '1.0.0', description: 'Attacks.', role: 'decides', needs: ['kv', 'clock', 'message'],
      limits: { cpu: '100ms' },
      async onRcpt(event, has) {
        const answer = await attacks[event.binding.name](event, has);
        if (answer === true) return reject('It got out.');
        return answer === undefined || answer === false ? next() : answer;
      },
      async onArrival(event, has) {
        const answer = await attacks[event.binding.name](event, has);
        if (answer === true) return quarantine('It got out.');
        return answer === undefined || answer === false ? next() : answer;
      },
    });`;
  const bystander = `
    import { defineSink, next } from '@sluice/sdk';
    export default defineSink({
      name: 'bystander', version: '1.0.0', description: 'Counts.', role: 'decides', needs: ['kv'],
      async onRcpt(event, { kv }) { await kv.get('seen'); return next(); },
    });`;
  for (const [name, source] of [
    ['attacker', attacker],
    ['bystander', bystander],
  ] as const) {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, 'sink.ts'), source);
  }
}

/**
 * Waits for a spare: attackers that end hosts faster than a busy machine starts them are a known limit (SECURITY.md), and
 * would make this a test of the machine. Half a minute at most.
 */
async function untilSpare({ data }: Sluice): Promise<void> {
  const admin = openAdminClient(data);
  for (const last = Date.now() + 30_000; Date.now() < last; await wait(20)) {
    const status = await admin.ask('status', {});
    // One that takes calls, one spare, and one more.
    if (status.kind === 'answer' && Number(status.value.sandbox['hosts']) >= 3) return;
  }
}

async function provoke(port: number, name: string): Promise<string> {
  await using client = await greet(port, 'attacker.test');
  await client.play(`C: MAIL FROM:<${name}@client.test>\nS: 250 …\nC: RCPT TO:<bob@example.test>`);
  return (await client.line()) ?? 'closed';
}

async function provokeArrival({ smtp, data }: Sluice, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  await using client = await greet(smtp, 'attacker.test');
  for (const name of names)
    await client.play(
      `C: MAIL FROM:<${name}@client.test>\nS: 250 …\nC: RCPT TO:<alice@example.test>\nS: 250 …\n${message}`,
    );
  const admin = openAdminClient(data);
  for (const last = Date.now() + 120_000; ; await wait(20)) {
    const queue = await admin.ask('queue', {});
    const mine = (queue.kind === 'answer' ? queue.value : []).filter(({ reversePath }) =>
      names.some((name) => reversePath === `${name}@client.test`),
    );
    const held = mine.filter(({ state }) => state === 'quarantine');
    if (held.length < mine.length && Date.now() < last) continue;
    const reasons = new Map(mine.map(({ reversePath, state, reason }) => [reversePath, reason ?? state]));
    return new Map(names.map((name) => [name, reasons.get(`${name}@client.test`) ?? '']));
  }
}

async function greet(port: number, name: string): Promise<Client> {
  const client = await openClient(port);
  await client.play(`S: 220 …\nC: EHLO ${name}\nS: 250*`);
  return client;
}

async function standBy(port: number, signal: AbortSignal, lost: () => number): Promise<Witness> {
  await using client = await greet(port, 'bystander.test');
  const waited: number[] = [];
  const losses: number[] = [];
  let accepted = 0;
  let late = 0;
  let error: string | null = null;
  while (!signal.aborted && error === null) {
    try {
      const ends = waited.length % messageEvery === 0;
      lost();
      const { reply, ms } = await nameRecipient(client);
      waited.push(ms);
      losses.push(lost());
      const isLate = reply.startsWith('451 ') && (losses.at(-1) ?? 0) <= 1;
      if (isLate) late += 1;
      if (!reply.startsWith('250 ') && (!isLate || late > mostLate)) throw new Error(reply);
      await client.play(ends && !isLate ? message : 'C: RSET\nS: 250 …');
      if (ends && !isLate) accepted += 1;
    } catch (thrown) {
      error = `transaction ${waited.length}: ${String(thrown).slice(-500)}`;
    }
  }
  return { waited, losses, accepted, error };
}

/** @returns how to ask for the hosts lost since it was asked last */
function countLosses(sluice: Sluice): () => number {
  let read = 0;
  return () => {
    const fresh = sluice.output().slice(read);
    const end = fresh.lastIndexOf('\n') + 1;
    read += end;
    return fresh.slice(0, end).match(/"kind":"host-lost"/g)?.length ?? 0;
  };
}

const message = 'C: DATA\nS: 354 …\nC: Subject: here\nC: \nC: still here\nC: .\nS: 250 …';

/** @returns the reply to RCPT, and milliseconds it took */
async function nameRecipient(client: Client): Promise<{ readonly reply: string; readonly ms: number }> {
  await client.play('C: MAIL FROM:<ann@client.test>\nS: 250 …');
  const start = performance.now();
  await client.play('C: RCPT TO:<bob@example.test>');
  const reply = (await client.line()) ?? 'closed';
  return { reply, ms: performance.now() - start };
}

async function arrived(sluice: Sluice, count: number): Promise<number> {
  const password = sluice.passwords().get('bob@example.test') ?? '';
  for (const last = Date.now() + 30_000; ; await wait(100)) {
    await using client = await openPop3(sluice.pop3, 'bob@example.test', password);
    const there = (await client.stat()).count;
    if (there >= count || Date.now() > last) return there;
  }
}
