import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { play } from '../support/dialogue.ts';
import { findFreePorts } from '../support/ports.ts';
import { startSluice, type Sluice } from '../support/sluice-process.ts';

const examples = resolve(import.meta.dirname, '../../examples');
const names = readdirSync(examples).filter(
  (name) => readdirSync(join(examples, name)).includes('sinks') && name !== 'demo',
);
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-cookbook-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Starts what the file of an example says, on free ports and with its mail in a scratch folder. */
async function start(name: string): Promise<Sluice> {
  const {
    sinks: _,
    data: __,
    virtualServers,
    ...more
  } = parse(readFileSync(join(examples, name, 'sluice.yaml'), 'utf8'));
  const [smtp = 0, pop3 = 0] = await findFreePorts(2);
  const sinks = [join(examples, name, 'sinks')];
  const { bindings } = virtualServers[0];
  const sluice = await startSluice({ folder: join(folder, name), smtp, pop3, sinks, bindings, more });
  await sluice.ready();
  return sluice;
}

const message = (recipient: string, reply: string): string => `
  S: 220 …
  C: EHLO client.example
  S: 250*
  C: MAIL FROM:<alice@example.test>
  S: 250*
  C: RCPT TO:<${recipient}>
  S: ${reply}`;
const content = `
  C: DATA
  S: 354 …
  C: From: alice@example.test
  C: Subject: Lunch?
  C: Message-ID: <1@example.test>
  C:
  C: At noon.
  C: .
  S: 250*`;

/** What the example says, said by a mailbox: who gets a message, and what is in it then. */
const arrives: Readonly<Record<string, { readonly to?: string; readonly in?: string; readonly has: string }>> = {
  hello: { has: 'X-Hello: Hello, bob@example.test' },
  'department-disclaimer': { has: 'Prices may change.' },
  'strip-attachments': { has: 'At noon.' },
  'ticket-number': { to: 'help@example.test', has: 'Subject: [#1] Lunch?' },
  'auto-reply': { in: 'alice@example.test', has: 'Subject: Out of office: Lunch?' },
  archive: { in: 'archive@example.test', has: 'At noon.' },
  'nightly-report': { has: 'At noon.' },
};
/** What the example says at RCPT. */
const answers: Readonly<Record<string, string>> = {
  greylist: '451 4.7.1 Greylisted, try again in 5 minutes',
  'rcpt-check': '451 4.4.3 Try again later', // nobody answers at users.example
};

test('every example of the cookbook is tried here', () => {
  expect([...Object.keys({ ...arrives, ...answers }), 'own-verb'].toSorted()).toEqual(names.toSorted());
});

test.for(Object.entries(answers))('%s: the set-up starts, and answers RCPT as it says', async ([name, reply]) => {
  await using sluice = await start(name);
  await play(message('bob@example.test', reply), sluice.smtp);
});

test('own-verb: the set-up starts, announces its verb and answers it', async () => {
  await using sluice = await start('own-verb');
  await play(
    `S: 220 …
     C: EHLO client.example
     S: 250*
     C: X-HELLO world
     S: 250 2.0.0 Hello world, you come from 127.0.0.1
     C: X-HELLO
     S: 501 5.5.4 Syntax: X-HELLO <name>`,
    sluice.smtp,
  );
});

test.for(Object.entries(arrives))('%s: the set-up starts, and mail arrives as it says', async ([name, said]) => {
  await using sluice = await start(name);
  const { to = 'bob@example.test', in: mailbox = to, has } = said;
  await play(message(to, '250*') + content, sluice.smtp);
  let text = '';
  for (const deadline = performance.now() + 10_000; !text.includes(has) && performance.now() < deadline;)
    text = await sluice.verb('mailbox', 'cat', mailbox).catch(() => '');
  expect(text).toContain(has);
});
