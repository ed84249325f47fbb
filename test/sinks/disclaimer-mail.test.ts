import { readFileSync } from 'node:fs';
import { simpleParser } from 'mailparser';
import { expect, test } from 'vitest';
import { createDispatcher } from '../../core/events/dispatch.ts';
import { createGeneration } from '../../core/events/generation.ts';
import { openEditable, type OpenedMessage } from '../../core/platform/editable-message.ts';
import type { TraceEntry } from '../../core/telemetry/trace.ts';
import disclaimer from '../../sinks/disclaimer/sink.ts';
import { bindingOf, subjectOf } from '../support/bindings.ts';

const text = 'Écrit par {{sender.name}}: this is confidential.';

/** One onArrival: the sink in this process, everything around it as the platform has it. */
async function arrive(octets: Uint8Array): Promise<{ opened: OpenedMessage; trace: TraceEntry[] }> {
  const opened = await openEditable(octets, 'm1');
  const trace: TraceEntry[] = [];
  await disclaimer.runtime.configure({ text });
  const dispatcher = createDispatcher({
    callSink: async ({ event, payload }) =>
      disclaimer.runtime.handle(event, payload, async (name) => {
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
  return { opened, trace };
}

const read = (name: string): Uint8Array => readFileSync(new URL(`../messages/${name}`, import.meta.url));

test.each(['plain.eml', 'alternative-attachment.eml', 'flowed-latin1.eml', 'related.eml'])(
  '%s gets the text in every form, once, however often it comes by',
  async (name) => {
    const { opened } = await arrive(read(name));
    const written = opened.write();
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
    expect(after.headers.get('x-sluice-disclaimer')).toBe('disclaimer');

    const again = await arrive(written);
    expect(again.opened.write()).toBe(written);
  },
);

test.each(['report.eml', 'smime/enveloped.eml', 'smime/opaque-signed.eml', 'pgp-encrypted.eml'])(
  '%s has nothing to add to and stays as it is',
  async (name) => {
    const octets = read(name);
    const { opened, trace } = await arrive(octets);
    expect(opened.write()).toBe(octets);
    expect(trace).toMatchObject([{ decision: 'next', detail: '' }]);
  },
);

test.each(['smime/clear-signed.eml', 'smime/nested-signed.eml', 'pgp-signed.eml', 'pgp-inline.eml'])(
  '%s is signed: the core leaves it as it is, and the trace says why',
  async (name) => {
    const octets = read(name);
    const { opened, trace } = await arrive(octets);
    expect(opened.write()).toBe(octets);
    expect(trace).toMatchObject([
      { decision: 'next', detail: expect.stringMatching(/"skipped":"(?:signed|unknown-crypto): /) },
    ]);
  },
);
