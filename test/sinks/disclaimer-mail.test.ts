import { readFileSync } from 'node:fs';
import { simpleParser } from 'mailparser';
import { expect, test } from 'vitest';
import { createDispatcher } from '../../core/events/dispatch.ts';
import { createGeneration } from '../../core/events/generation.ts';
import type { OpenedMessage } from '../../core/platform/editable-message.ts';
import type { TraceEntry } from '../../core/telemetry/trace.ts';
import disclaimer from '../../sinks/disclaimer/sink.ts';
import { bindingOf, subjectOf } from '../support/bindings.ts';
import { openEditable } from '../support/editables.ts';

const wording = 'Écrit par {{sender.name}}: this is confidential.';

/** One onArrival: the sink in this process, everything around it as the platform has it. */
async function arrive(octets: Uint8Array): Promise<{ opened: OpenedMessage; trace: TraceEntry[]; log: string[] }> {
  const opened = await openEditable(octets, 'm1');
  const trace: TraceEntry[] = [];
  const log: string[] = [];
  await disclaimer.runtime.configure({ text: wording });
  const dispatcher = createDispatcher({
    callSink: async ({ event, payload }) =>
      disclaimer.runtime.handle(event, payload, async (name, args) => {
        if (name === 'log.write') log.push(String(args[1]));
        if (name === 'message.text') return opened.text();
        return name === 'message.html' ? opened.html() : null;
      }),
    record: (entry) => trace.push(entry),
    now: () => 0,
  });
  const binding = bindingOf({ sink: 'disclaimer', grants: ['message'] }, disclaimer.manifest);
  const subject = subjectOf({ message: opened });
  const payload = { envelope: { reversePath: 'ann@example.test', recipients: ['bob@else.example'] } };
  const verdict = await dispatcher.ask(
    createGeneration(1, [binding], () => undefined),
    'onArrival',
    subject,
    payload,
  );
  expect(verdict).toMatchObject({ decision: { kind: 'next' }, fault: null, missed: [] });
  return { opened, trace, log };
}

const read = (name: string): Uint8Array => readFileSync(new URL(`../messages/${name}`, import.meta.url));

test.each(['plain.eml', 'alternative-attachment.eml', 'flowed-latin1.eml', 'related.eml'])(
  '%s gets the text in every form, once, however often it comes by',
  async (name) => {
    const { opened } = await arrive(read(name));
    const written = await opened.write();
    const [before, after] = await Promise.all([
      simpleParser(Buffer.from(read(name))),
      simpleParser(Buffer.from(written)),
    ]);
    const forms = [after.text, after.html].filter((form) => typeof form === 'string' && form !== '');
    expect(forms.length).toBeGreaterThan(0);
    for (const form of forms) expect(form).toContain('this is confidential.');
    expect(forms[0]).toMatch(/(?:É|&#201;)crit par/);
    expect(after.attachments.map(({ checksum }) => checksum)).toEqual(
      before.attachments.map(({ checksum }) => checksum),
    );
    expect(after.headers.get('x-sluice-disclaimer')).toBe('disclaimer; rule="rule 1"');

    const again = await arrive(written);
    expect(await again.opened.write()).toBe(written);
  },
);

test('report.eml stays as it is, and the log says why', async () => {
  const octets = read('report.eml');
  const { opened, trace, log } = await arrive(octets);
  expect(await opened.write()).toBe(octets);
  expect(trace).toMatchObject([{ decision: 'next', detail: '' }]);
  expect(log).toEqual(['no disclaimer: it is a report']);
});

test.each([
  ['R31', 'smime/clear-signed.eml', 'signed'],
  ['R31', 'smime/opaque-signed.eml', 'signed'],
  ['R43', 'pgp-signed.eml', 'signed'],
  ['R43', 'pgp-inline.eml', 'signed'],
  ['R50', 'smime/enveloped.eml', 'encrypted'],
  ['R43', 'pgp-encrypted.eml', 'encrypted'],
])('%s: the sink answers %s with its edits, the core leaves it as it is and says why: %s', async (_, name, reason) => {
  const octets = read(name);
  const { opened, trace } = await arrive(octets);
  expect(await opened.write()).toBe(octets);
  const [last] = trace.slice(-1);
  expect(last).toMatchObject({ event: 'onArrival', decision: 'next' });
  expect(last?.detail).toMatch(/^\{"edits":\["insert-text","append-field X-Sluice-Disclaimer"\],"skipped":"/);
  expect(last?.detail).toContain(`"skipped":"${reason}: `);
});

test('R31 of a signed part inside, every octet stays', async () => {
  const octets = read('smime/nested-signed.eml');
  const { opened } = await arrive(octets);
  const text = Buffer.from(octets).toString('latin1');
  const signed = text.slice(text.indexOf('multipart/signed'), text.lastIndexOf('--', text.trimEnd().length - 3));
  expect(signed).toContain('pkcs7-signature');
  expect(Buffer.from(await opened.write()).toString('latin1')).toContain(signed);
});
