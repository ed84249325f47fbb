import { expect, test } from 'vitest';
import * as sdk from '../../../sdk/index.ts';
import type { Decision } from '../../../sdk/decisions.ts';
import { createDispatcher, type EditableMessage } from '../../../core/events/dispatch.ts';
import { createGeneration } from '../../../core/events/generation.ts';
import type { TraceEntry } from '../../../core/telemetry/trace.ts';
import { bindingOf, messageDataOf, subjectOf } from '../../support/bindings.ts';

const plain: EditableMessage = {
  id: 'm1',
  octets: new Uint8Array(),
  data: () => messageDataOf(),
  edit: (edits) => ({ kind: 'apply', outcomes: edits.map(() => ({ kind: 'done' })) }),
  seal: () => null,
  text: () => null,
  html: () => null,
};
const edited = sdk.next(sdk.setTag('t', '1'), sdk.setField('X-A', '1'));

/** What a chain of bindings a, b, c … that answer so makes of a message. */
async function ask(message: Partial<EditableMessage>, ...answers: readonly Decision[]) {
  const trace: TraceEntry[] = [];
  const left: string[] = [];
  let calls = 0;
  const dispatcher = createDispatcher({
    callSink: async () => answers[calls++],
    record: (entry) => trace.push(entry),
    leave: (reason, { binding }) => left.push(`${binding.name}: ${reason}`),
    now: () => 0,
  });
  const bindings = answers.map((_, at) => bindingOf({ name: 'abc'[at] ?? '', priority: at }));
  const generation = createGeneration(1, bindings, () => undefined);
  const payload = { envelope: { reversePath: 'ann@else.example', recipients: ['bob@example.test'] } };
  const subject = subjectOf({ message: { ...plain, ...message } });
  const verdict = await dispatcher.ask(generation, 'onArrival', subject, payload);
  return { verdict, trace, left, told: trace.filter(({ event }) => event === 'protection') };
}

test('edits of a protected message that its policy refuses refuse it, with the reason, and count for nothing', async () => {
  const note = { action: 'reject', signers: [] };
  const { verdict, trace } = await ask(
    { edit: async () => ({ kind: 'reject', reason: 'signed', note }) },
    edited,
    edited,
  );
  const text = 'Not taken, since it would have to be changed: signed';
  expect(verdict).toMatchObject({
    decision: { kind: 'reject', reply: { code: 554, status: '5.6.2', text } },
    tags: {},
  });
  expect(trace).toMatchObject([
    { event: 'protection', binding: 'a', decision: 'reject', detail: '{"signers":[]}' },
    { event: 'onArrival', binding: 'a', decision: 'reject' },
  ]);
});

test('a protection that cannot be put back is told for each binding that edited, and the verdict stands', async () => {
  const problem = { kind: 'problem', reason: 'no key' } as const;
  const { verdict, left, told } = await ask({ seal: async () => problem }, edited, sdk.next(), edited);
  expect(verdict).toMatchObject({ decision: { kind: 'next' }, tags: { t: '1' } });
  const fault = { code: 'message.unsealed', context: { reason: 'no key' } };
  expect(verdict.missed).toMatchObject(['a', 'c'].map((name) => ({ binding: { name }, fault })));
  expect(left).toEqual(['a: no key', 'c: no key']);
  expect(told).toMatchObject([{ binding: 'a', decision: 'skip', detail: '{"skipped":"no key"}' }, { binding: 'c' }]);
});

test('protection is put back once, when the chain ends, and not for what does not go on', async () => {
  let sealed = 0;
  const seal = async () => {
    sealed += 1;
    return { kind: 'sealed' } as const;
  };
  expect((await ask({ seal }, edited, sdk.reject('no'))).verdict.decision.kind).toBe('reject');
  expect(sealed).toBe(0);
  expect((await ask({ seal }, edited, edited)).told).toEqual([]);
  expect(sealed).toBe(1);
});
