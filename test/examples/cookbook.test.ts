import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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
  const sinks = [name === 'nightly-report' ? hastened(name) : join(examples, name, 'sinks')];
  const { bindings } = virtualServers[0];
  const sluice = await startSluice({ folder: join(folder, name), smtp, pop3, sinks, bindings, more });
  await sluice.ready();
  return sluice;
}

/** A copy of the sinks whose night comes every second. */
function hastened(name: string): string {
  const copy = join(folder, `${name}-sinks`);
  cpSync(join(examples, name, 'sinks'), copy, { recursive: true });
  symlinkSync(resolve(examples, '../node_modules'), join(folder, 'node_modules'), 'junction');
  const file = join(copy, name, 'sink.ts');
  const source = readFileSync(file, 'utf8');
  const hasty = source.replace("{ cron: '5 0 * * *' }", "{ every: '1s' }");
  expect(hasty).not.toBe(source);
  writeFileSync(file, hasty);
  return copy;
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

const withAttachment = `
  C: DATA
  S: 354 …
  C: From: alice@example.test
  C: Subject: Invoice
  C: Message-ID: <2@example.test>
  C: MIME-Version: 1.0
  C: Content-Type: multipart/mixed; boundary=b
  C:
  C: --b
  C:
  C: At noon.
  C: --b
  C: Content-Type: application/octet-stream
  C: Content-Disposition: attachment; filename="invoice.exe"
  C: Content-Transfer-Encoding: base64
  C:
  C: TVqQAAMAAAAEAAAA
  C: --b--
  C: .
  S: 250*`;
const yesterday = (): string => new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);

/** What the example says, said by a mailbox: who gets a message, and what is in it then. */
type Arrival = { readonly to?: string; readonly in?: string; readonly has: string; readonly content?: string };
const arrives: Readonly<Record<string, Arrival>> = {
  hello: { has: 'X-Hello: Hello, bob@example.test' },
  'department-disclaimer': { has: 'Prices may change.' },
  'strip-attachments': { content: withAttachment, has: 'The attachment invoice.exe was removed.' },
  'ticket-number': { to: 'help@example.test', has: 'Subject: [#1] Lunch?' },
  'auto-reply': { in: 'alice@example.test', has: 'Subject: Out of office: Lunch?' },
  archive: { in: 'archive@example.test', has: 'At noon.' },
  'nightly-report': { in: 'alice@example.test', has: `Subject: Mail of ${yesterday()}` },
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
  await play(message(to, '250*') + (said.content ?? content), sluice.smtp);
  let text = '';
  for (const deadline = performance.now() + 10_000; !text.includes(has) && performance.now() < deadline;)
    text = await sluice.verb('mailbox', 'cat', mailbox).catch(() => '');
  expect(text).toContain(has);
  expect(text).not.toContain('TVqQAAMAAAAEAAAA'); // the attachment
});
