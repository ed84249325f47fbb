import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { createDispatcher } from '../../core/events/dispatch.ts';
import { createGeneration } from '../../core/events/generation.ts';
import type { TraceEntry } from '../../core/telemetry/trace.ts';
import type { Sink } from '../../sdk/runtime.ts';
import { bindingOf, subjectOf } from '../support/bindings.ts';
import { openEditable } from '../support/editables.ts';

/** What the binding says. */
type Bound = { readonly settings: object; readonly smime?: object };

type Arrived = {
  /** The octets afterwards; the very same when nothing was edited. */
  readonly written: Uint8Array;
  readonly trace: readonly TraceEntry[];
  readonly log: readonly string[];
};

/** One onArrival: the sink in this process, everything around it as the platform has it, which trusts nobody and has no keys. */
export async function arrive(sink: Sink, octets: Uint8Array, { settings, smime = {} }: Bound): Promise<Arrived> {
  const opened = await openEditable(octets, 'm1');
  const trace: TraceEntry[] = [];
  const log: string[] = [];
  expect(await sink.runtime.configure(settings)).toEqual([]);
  const dispatcher = createDispatcher({
    callSink: async ({ event, payload }) =>
      sink.runtime.handle(event, payload, async (name, args) => {
        if (name === 'log.write') log.push(String(args[1]));
        if (name === 'directory.lookup') throw new RangeError('directory is not granted');
        if (name === 'message.text') return opened.text();
        return name === 'message.html' ? opened.html() : null;
      }),
    record: (entry) => trace.push(entry),
    now: () => 0,
  });
  const binding = bindingOf({ sink: sink.manifest.name, grants: ['message'], smime }, sink.manifest);
  const payload = { envelope: { reversePath: 'ann@example.test', recipients: ['bob@else.example'] } };
  const generation = createGeneration(1, [binding], () => undefined);
  const verdict = await dispatcher.ask(generation, 'onArrival', subjectOf({ message: opened }), payload);
  expect(verdict).toMatchObject({ decision: { kind: 'next' }, fault: null, missed: [] });
  await opened.seal();
  return { written: await opened.write(), trace, log };
}

/** A message of `test/messages`. */
export const readMail = (name: string): Buffer => readFileSync(new URL(`../messages/${name}`, import.meta.url));
