import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { buildSink } from '../../core/sandbox/bundle.ts';
import type { Bundle } from '../../core/sandbox/contract.ts';
import { megabytes, useSandbox } from '../core/sandbox/sinks-in-text.ts';
import { messageDataOf } from '../support/bindings.ts';

const sandbox = useSandbox();
const limits = { memory: 64 * megabytes };

/** As the platform bundles it. */
async function bundleOf(name: string): Promise<Bundle> {
  const built = await buildSink(fileURLToPath(new URL(`../../sinks/${name}`, import.meta.url)));
  if (built.kind === 'bundle') return built.bundle;
  throw new Error(JSON.stringify(built.problems));
}

/** One message past a disclaimer that is open under this name. */
async function arrive(tenant: string): Promise<{ readonly answer: unknown; readonly log: readonly string[] }> {
  const log: string[] = [];
  const payload = {
    message: messageDataOf([['From', 'Jane <jane@example.test>']]),
    envelope: { reversePath: 'jane@example.test', recipients: ['bob@else.example'] },
    traceId: 't',
    virtualServer: { id: 'mx', protocol: 'smtp' },
    binding: { name: 'd', priority: 1 },
    matchedRecipients: null,
    session: null,
  };
  const host = async (name: string, args: readonly unknown[]): Promise<unknown> => {
    if (name === 'log.write') log.push(String(args[1]));
    if (name === 'directory.lookup') throw new RangeError('directory is not granted');
    return name === 'clock.now' ? Date.UTC(2026, 10, 23, 20) : 'Hello\n';
  };
  const call = { tenant, event: 'onArrival', payload, deadline: 10_000, cpu: 500, octets: null, host } as const;
  return { answer: await sandbox.call(call), log };
}

test.each([
  ['disclaimer', { preset: 'external' }],
  ['disclaimer-per-copy', { preset: 'external' }],
  ['greylist', {}],
  ['rate-limit', { recipients: 5 }],
  ['header-stamp', { set: { 'X-A': 'b' } }],
  ['attachment-policy', {}],
  ['dkim-sign', { domains: ['example.test'] }],
  ['spf-dkim-dmarc', {}],
  ['external-banner', { internal: ['example.test'] }],
  ['archive', { to: 'a@example.test' }],
  ['rspamd', {}],
  ['clamav', {}],
  ['dnsbl', { lists: [{ zone: 'bl.test' }] }],
  ['vacation', { users: { 'a@example.test': { text: 'Away.' } } }],
  ['sent-copy', {}],
])('%s loads in the sandbox, and its settings are read there', async (name, settings) => {
  const bundle = await bundleOf(name);
  expect(await sandbox.describe(bundle)).toMatchObject({ name });
  expect(await sandbox.open({ id: name, bundle, settings, limits })).toEqual([]);
});

test('the disclaimer knows languages and time zones in the sandbox', async () => {
  const bundle = await bundleOf('disclaimer');
  const settings = { text: '{{ sender.name | upcase }}, {{ date | local_date }}', language: 'ja', zone: 'Asia/Tokyo' };
  expect(await sandbox.open({ id: 'ja', bundle, settings, limits })).toEqual([]);
  const { answer } = await arrive('ja');
  expect(answer).toMatchObject({ kind: 'next', edits: [{ plain: '\nJANE, 2026年11月24日' }, {}] });
  expect(await sandbox.open({ id: 'mars', bundle, settings: { text: 'x', zone: 'Mars/X' }, limits })).toEqual([
    'zone: expected a time zone such as Europe/Berlin',
  ]);
});

test('R22 a template without end is stopped in the sandbox, the message stays as it is, the log says so', async () => {
  const text = '{% for a in (1..9999) %}{% for b in (1..9999) %}x{% endfor %}{% endfor %}';
  expect(
    await sandbox.open({ id: 'endless', bundle: await bundleOf('disclaimer'), settings: { text }, limits }),
  ).toEqual([]);
  const { answer, log } = await arrive('endless');
  expect(answer).toMatchObject({ kind: 'next', edits: [] });
  expect(log.join()).toMatch(/^no disclaimer: the template failed: .*limit exceeded/);
});
