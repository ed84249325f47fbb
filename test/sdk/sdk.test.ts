import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { capabilities } from '../../sdk/capabilities.ts';
import { eventNames, specOf, type EventName } from '../../sdk/catalogue.ts';
import { editKinds } from '../../sdk/edits.ts';
import * as sdk from '../../sdk/index.ts';
import { Message } from '../../sdk/message.ts';
import { reply } from '../../sdk/reply.ts';
import { sdkVersion } from '../../sdk/version.ts';

const read = (name: string): string => readFileSync(new URL(`../../sdk/${name}`, import.meta.url), 'utf8');

test('the version is that of the package and of the change log', () => {
  expect(JSON.parse(read('package.json'))).toMatchObject({ name: '@sluice/sdk', version: sdkVersion });
  expect(read('CHANGELOG.md')).toContain(`## ${sdkVersion}`);
});

test('a refusal has a code and a status of one class', () => {
  expect(sdk.reject('No')).toEqual({ kind: 'reject', reply: { code: 550, status: '5.7.1', text: 'No' } });
  expect(sdk.defer('Later', { code: 450, status: '2.1' })).toMatchObject({ reply: { code: 450, status: '4.2.1' } });
  expect(sdk.disconnect('Bye', { code: 421 })).toMatchObject({ reply: { code: 421, status: '4.7.1' } });
  expect(reply(250, '0.0', 'OK')).toEqual({ code: 250, status: '2.0.0', text: 'OK' });
});

test.each([
  ['reject', () => sdk.reject('x', { code: 450 }), 'for 4yz use defer()'],
  ['defer', () => sdk.defer('x', { code: 550 }), 'for 5yz use reject()'],
  ['disconnect', () => sdk.disconnect('x', { code: 250 }), '4yz or 5yz'],
  ['reply', () => reply(350, '0.0', 'x'), '350 is not'],
] as const)('%s() refuses a code of another class, and says what to use', (_, make, text) => {
  expect(make).toThrow(text);
});

test('decisions carry their edits in order', () => {
  const edits = [sdk.setTag('a', 'b'), sdk.addRecipient('c@example.test')] as const;
  expect(sdk.next(...edits).edits).toEqual(edits);
  expect(sdk.accept(...edits).edits).toEqual(edits);
  expect(sdk.quarantine('why', ...edits)).toEqual({ kind: 'quarantine', reason: 'why', edits });
  expect(sdk.redirect(['d@example.test'], ...edits)).toEqual({
    kind: 'redirect',
    recipients: ['d@example.test'],
    edits,
  });
});

test('a message is read without regard to the case of field names, from top to bottom', () => {
  const tree = { path: '', type: 'text/plain', charset: null, disposition: null, filename: null, size: 0, parts: [] };
  const fields = [
    ['Received', 'b'],
    ['Subject', 'x'],
    ['received', 'a'],
  ] as const;
  const message = new Message({ size: 9, fields, tree, protection: 'none' });
  expect(message.field('RECEIVED')).toBe('b');
  expect(message.all('received')).toEqual(['b', 'a']);
  expect(message.field('toString')).toBeNull();
  expect(message.all('To')).toEqual([]);
});

test('the catalogue holds together', () => {
  const families: readonly string[] = Object.values(editKinds).flat();
  for (const event of eventNames) {
    const { kind, decisions, edits, about, deadline, cpu, from, source } = specOf(event);
    expect(event).toMatch(/^on[A-Z][A-Za-z]+$/);
    expect(decisions.includes('next')).toBe(kind === 'ask');
    expect(edits.every((edit) => families.includes(edit))).toBe(true);
    expect(new Set(decisions).size + new Set(edits).size).toBe(decisions.length + edits.length);
    expect(kind === 'tell' && edits.length > 0).toBe(false);
    expect(deadline).toBeGreaterThanOrEqual(cpu);
    expect([about, source, ...from].every((text) => text !== '')).toBe(true);
  }
});

test('the log and the clock need no grant; every capability has a row in the README', () => {
  const always = Object.entries(capabilities).filter(([, { granted }]) => granted === 'always');
  expect(always.map(([name]) => name)).toEqual(['log', 'clock']);
  const [, from = ''] = read('README.md').split('\n## Capabilities\n');
  const [section = ''] = from.split('\n## ');
  const rows = [...section.matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name);
  expect(new Set(rows)).toEqual(new Set(Object.keys(capabilities)));
});

/** A row of the README: what an event is, what it may be answered with, what it may change. */
function rowOf(event: EventName): string {
  const { kind, from, about, decisions, edits } = specOf(event);
  const cells = [`\`${event}\``, kind, from.join(' '), about, decisions.join(' ') || '–', edits.join(' ') || '–'];
  return `| ${cells.join(' | ')} |`;
}

test('the event table of the README is that of the catalogue', () => {
  const rows = read('README.md')
    .split('\n')
    .filter((line) => line.startsWith('| `on'))
    .map((line) => line.replaceAll(/ +/g, ' '));
  expect(rows).toEqual(eventNames.map(rowOf));
});
