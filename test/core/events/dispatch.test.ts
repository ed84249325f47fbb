import { expect, test } from 'vitest';
import type { Edit } from '../../../sdk/edits.ts';
import * as sdk from '../../../sdk/index.ts';
import { Fault } from '../../../core/errors.ts';
import type { Binding } from '../../../core/events/binding.ts';
import {
  createDispatcher,
  type CallSink,
  type DispatchParts,
  type EditableMessage,
  type MessageEdit,
} from '../../../core/events/dispatch.ts';
import { createGeneration } from '../../../core/events/generation.ts';
import type { TraceEntry } from '../../../core/telemetry/trace.ts';
import { bindingOf, messageDataOf, sessionOf, subjectOf } from '../../support/bindings.ts';

type Call = Parameters<CallSink>[0];
/** What sinks answer, by the name of the binding; a function may look at the call, a Fault is thrown. */
type Answers = Readonly<Record<string, unknown>>;

function dispatcherOf(answers: Answers, parts: Partial<DispatchParts> = {}) {
  const calls: Call[] = [];
  const trace: TraceEntry[] = [];
  const callSink: CallSink = async (call) => {
    calls.push(call);
    const answer = answers[call.binding.name];
    if (answer instanceof Error) throw answer;
    return typeof answer === 'function' ? answer(call) : answer;
  };
  const dispatcher = createDispatcher({
    callSink,
    record: (entry) => trace.push(entry),
    now: () => 1_000,
    ...parts,
  });
  return { dispatcher, calls, trace, asked: () => calls.map(({ binding }) => binding.name) };
}

const generationOf = (...bindings: readonly Binding[]) => createGeneration(1, bindings, () => undefined);
/** Bindings a, b, c … asked in that order. */
const chain = (...said: readonly Record<string, unknown>[]) =>
  generationOf(...said.map((one, at) => bindingOf({ name: 'abcdef'[at] ?? '', priority: at, ...one })));

const rcpt = {
  recipient: 'bob@example.test',
  parameters: {},
  local: true,
  envelope: { reversePath: 'ann@else.example', recipients: [] },
};
const arrival = { envelope: { reversePath: 'ann@else.example', recipients: ['bob@example.test'] } };

const named = (edit: MessageEdit): string => ('name' in edit ? edit.name : '');

/** Keeps header fields only; refuses a field named X-Refused as the message room would. */
function messageOf(...fields: (readonly [string, string])[]): EditableMessage & { readonly edited: MessageEdit[] } {
  const edited: MessageEdit[] = [];
  return {
    id: 'm1',
    octets: new Uint8Array(),
    edited,
    data: () => messageDataOf([...edited.map((edit) => [named(edit), ''] as const), ...fields]),
    edit(edits) {
      if (edits.some((edit) => named(edit) === 'X-Broken')) throw new Error('the message room failed');
      if (edits.some((edit) => named(edit) === 'X-Refused'))
        return { kind: 'apply', outcomes: edits.map(() => ({ kind: 'skipped', reason: 'no' })) };
      edited.push(...edits);
      return { kind: 'apply', outcomes: edits.map(() => ({ kind: 'done' })) };
    },
    seal: () => null,
    text: () => null,
    html: () => null,
  };
}

test('without bindings, and without one that matches, the verdict is next and nobody is called', async () => {
  const { dispatcher, calls, trace } = dispatcherOf({});
  for (const generation of [generationOf(), chain({ rule: 'mail from=*@example.test', events: ['onRcpt'] })]) {
    expect(await dispatcher.ask(generation, 'onRcpt', subjectOf(), rcpt)).toEqual({
      decision: { kind: 'next', edits: [] },
      by: null,
      edits: [],
      payload: rcpt,
      tags: {},
      missed: [],
      fault: null,
    });
  }
  expect([calls, trace]).toEqual([[], []]);
});

test('only bindings of the virtual server are asked', async () => {
  const { dispatcher, calls } = dispatcherOf({ a: sdk.reject('no') });
  const other = subjectOf({ virtualServer: { id: 'mx2', protocol: 'smtp' } });
  expect((await dispatcher.ask(chain({}), 'onRcpt', other, rcpt)).decision.kind).toBe('next');
  expect(calls).toEqual([]);
});

test('sinks are asked one after the other until one settles it, and the verdict names it', async () => {
  const { dispatcher, asked } = dispatcherOf({
    a: sdk.next(),
    b: sdk.reject('No such user', { status: '1.1' }),
    c: sdk.accept(),
  });
  const verdict = await dispatcher.ask(chain({}, {}, {}), 'onRcpt', subjectOf(), rcpt);
  expect(asked()).toEqual(['a', 'b']);
  expect(verdict).toMatchObject({
    decision: { kind: 'reject', reply: { code: 550, status: '5.1.1', text: 'No such user' } },
    by: { key: 'mx/probe/b' },
    fault: null,
  });
});

test('a sink gets payload and context as plain JSON, its deadline and CPU', async () => {
  const { dispatcher, calls } = dispatcherOf({ a: sdk.next() });
  const generation = chain({ events: ['onRcpt'], rule: 'rcpt to=bob@*', deadline: '2s' });
  await dispatcher.ask(generation, 'onRcpt', subjectOf(), rcpt);
  const [call] = calls;
  expect(call).toMatchObject({ event: 'onRcpt', deadline: 2_000, cpu: 100, message: null, traceId: 't1' });
  expect(call?.payload).toEqual({
    ...rcpt,
    traceId: 't1',
    virtualServer: { id: 'mx', protocol: 'smtp' },
    binding: { name: 'a', priority: 0 },
    matchedRecipients: ['bob@example.test'],
    session: sessionOf(),
  });
  expect(JSON.parse(JSON.stringify(call?.payload))).toEqual(call?.payload);
});

const only = (rule: string) => ({ events: ['onRcpt'], rule });

test('edits are seen by the rules and sinks that come later, and are in the verdict in order', async () => {
  const { dispatcher, calls, asked } = dispatcherOf({
    a: sdk.next(sdk.setRecipient('cid@else.example'), sdk.setTag('score', '3')),
    b: sdk.next(),
    c: sdk.accept(sdk.setTag('score', '4'), sdk.addRecipient('dan@example.test')),
  });
  const generation = chain({}, only('rcpt to=bob@*'), only('rcpt to=cid@*'));
  const verdict = await dispatcher.ask(generation, 'onRcpt', subjectOf(), rcpt);

  expect(asked()).toEqual(['a', 'c']);
  expect(calls[1]?.payload).toMatchObject({
    recipient: 'cid@else.example',
    local: false,
    session: { tags: { score: '3' } },
  });
  expect(verdict.edits.map(({ kind }) => kind)).toEqual(['set-recipient', 'set-tag', 'set-tag', 'add-recipient']);
  expect(verdict.tags).toEqual({ score: '4' });
  expect(verdict.payload).toMatchObject({
    recipient: 'cid@else.example',
    envelope: { recipients: ['dan@example.test'] },
  });
});

test('tags of the session stay beside those of the chain', async () => {
  const { dispatcher, calls } = dispatcherOf({ a: sdk.next(sdk.setTag('b', '2')), b: sdk.next() });
  await dispatcher.ask(chain({}, {}), 'onRcpt', subjectOf({ session: sessionOf({ tags: { a: '1', b: '1' } }) }), rcpt);
  expect(calls[1]?.payload).toMatchObject({ session: { tags: { a: '1', b: '2' } } });
});

test.each([sdk.reject('x'), sdk.defer('x'), sdk.discard('x'), sdk.disconnect('x'), sdk.quarantine('x')])(
  'edits before $kind count only if it keeps the message',
  async (last) => {
    const { dispatcher } = dispatcherOf({
      a: sdk.next(sdk.setTag('a', '1'), sdk.addRecipient('c@example.test')),
      b: last,
    });
    const payload = arrival;
    const verdict = await dispatcher.ask(chain({}, {}), 'onEndOfData', subjectOf({ message: messageOf() }), payload);
    const isKept = last.kind === 'quarantine';
    expect(verdict.edits).toHaveLength(isKept ? 2 : 0);
    expect(verdict.tags).toEqual(isKept ? { a: '1' } : {});
    expect(verdict.payload.envelope.recipients).toHaveLength(isKept ? 2 : 1);
  },
);

test('a redirected recipient is what later sinks see and may change; the verdict has where it goes in the end', async () => {
  const { dispatcher, calls } = dispatcherOf({
    a: sdk.redirect(['p@example.test', 'q@example.test']),
    b: sdk.next(sdk.setRecipient('r@else.example')),
  });
  const verdict = await dispatcher.ask(chain({}, {}), 'onRcpt', subjectOf(), rcpt);
  expect(calls[1]?.payload).toMatchObject({ recipient: 'p@example.test', local: true });
  expect(verdict.decision).toMatchObject({ kind: 'redirect', recipients: ['r@else.example', 'q@example.test'] });
  expect(verdict.by?.name).toBe('a');
});

test('a redirected message goes to the new recipients, and later edits of them count', async () => {
  const { dispatcher } = dispatcherOf({
    a: sdk.redirect(['p@example.test', 'q@example.test']),
    b: sdk.next(sdk.removeRecipient('q@example.test')),
  });
  const verdict = await dispatcher.ask(chain({}, {}), 'onArrival', subjectOf({ message: messageOf() }), arrival);
  expect(verdict.decision).toMatchObject({ kind: 'redirect', recipients: ['p@example.test'] });
  expect(verdict.payload.envelope.recipients).toEqual(['p@example.test']);
});

test('message edits go to the message, and the next sink sees the message with them', async () => {
  const message = messageOf(['Subject', 'x']);
  const { dispatcher, calls } = dispatcherOf({
    a: sdk.next(sdk.setTag('t', '1'), sdk.prependField('X-A', '1')),
    b: sdk.next(),
  });
  const verdict = await dispatcher.ask(chain({}, {}), 'onArrival', subjectOf({ message }), arrival);
  expect(message.edited).toEqual([sdk.prependField('X-A', '1')]);
  expect(calls[0]?.payload).toMatchObject({ message: { fields: [['Subject', 'x']] } });
  expect(calls[1]?.payload).toMatchObject({
    message: {
      fields: [
        ['X-A', ''],
        ['Subject', 'x'],
      ],
    },
  });
  expect(verdict.edits).toEqual([sdk.setTag('t', '1')]);
});

const has = (name: string) => ({ events: ['onArrival'], rule: { header: { name } } });

test('a rule about the header is asked about the header as it is then', async () => {
  const { dispatcher, asked } = dispatcherOf({
    a: sdk.next(sdk.prependField('X-A', '')),
    b: sdk.next(),
    c: sdk.next(),
  });
  const generation = chain({}, has('X-A'), has('X-B'));
  await dispatcher.ask(generation, 'onArrival', subjectOf({ message: messageOf() }), arrival);
  expect(asked()).toEqual(['a', 'b']);
});

test('an edit that may not be is skipped with a reason and is no fault: the decision counts', async () => {
  const reason = 'S/MIME multipart/signed at 1.2';
  const message = { ...messageOf(), edit: () => ({ kind: 'skip', reason }) as const };
  const { dispatcher, trace } = dispatcherOf({ a: sdk.next(sdk.setTag('t', '1'), sdk.setField('X-A', '1')) });
  const verdict = await dispatcher.ask(chain({}), 'onArrival', subjectOf({ message }), arrival);
  expect(message.edited).toEqual([]);
  expect(verdict).toMatchObject({ fault: null, tags: { t: '1' } });
  expect(JSON.parse(trace[0]?.detail ?? '')).toEqual({
    edits: ['set-tag t', 'set-field X-A'],
    skipped: 'S/MIME multipart/signed at 1.2',
  });
});

test('what the message room skips is in the trace', async () => {
  const { dispatcher, trace } = dispatcherOf({ a: sdk.next(sdk.setField('X-Refused', '1')) });
  await dispatcher.ask(chain({}), 'onArrival', subjectOf({ message: messageOf() }), arrival);
  expect(JSON.parse(trace[0]?.detail ?? '')).toMatchObject({ outcomes: [{ kind: 'skipped', reason: 'no' }] });
});

const edits: readonly Edit[] = [sdk.setTag('t', '1'), sdk.addRecipient('c@example.test'), sdk.setField('X-A', '1')];
test.each([
  ['throws', new Fault('sandbox.threw'), 'sandbox.threw'],
  ['is late', new Fault('sandbox.deadline'), 'sandbox.deadline'],
  ['answers nothing', undefined, 'sandbox.answer'],
  ['answers edits and nonsense', { kind: 'next', edits: [...edits, { kind: 'nonsense' }] }, 'sandbox.answer'],
  ['answers edits and an illegal decision', { kind: 'drop', reason: 'x', edits }, 'sandbox.answer'],
  ['makes the message room fail', sdk.next(...edits, sdk.setField('X-Broken', '1')), 'internal.bug'],
  ['fails as nobody foresaw', new Error('boom'), 'internal.bug'],
])('a sink that %s has edited nothing', async (_, answer, code) => {
  const message = messageOf();
  const { dispatcher } = dispatcherOf({ a: answer, b: sdk.next() });
  const verdict = await dispatcher.ask(chain({ onFault: 'next' }, {}), 'onArrival', subjectOf({ message }), arrival);
  expect(message.edited).toEqual([]);
  expect(verdict).toMatchObject({
    decision: { kind: 'next' },
    edits: [],
    tags: {},
    payload: arrival,
    fault: null,
    by: null,
  });
  expect(verdict.missed).toMatchObject([{ binding: { name: 'a' }, fault: { code } }]);
});

test.each([
  ['defer', { kind: 'defer', reply: { code: 451, status: '4.3.0' } }],
  ['quarantine', { kind: 'quarantine', reason: 'mx/probe/a failed: sandbox.threw' }],
  ['reject', { kind: 'reject', reply: { code: 554, status: '5.3.0' } }],
] as const)('onFault %s settles it, names the binding and gives the fault', async (onFault, decision) => {
  const { dispatcher, asked } = dispatcherOf({
    a: new Fault('sandbox.threw', {}, new Error('secret path')),
    b: sdk.accept(),
  });
  const verdict = await dispatcher.ask(
    chain({ onFault, events: ['onEndOfData'] }, {}),
    'onEndOfData',
    subjectOf({ message: messageOf() }),
    arrival,
  );
  expect(asked()).toEqual(['a']);
  expect(verdict).toMatchObject({ decision, by: { name: 'a' }, fault: { code: 'sandbox.threw' }, missed: [] });
  expect(JSON.stringify(verdict.decision)).not.toContain('secret');
});

test('a fault of an editing sink in the queue defers, with the fault in the verdict', async () => {
  const { dispatcher } = dispatcherOf({ probe: new Fault('sandbox.memory') });
  const generation = generationOf(bindingOf({}, { role: 'edits' }));
  const verdict = await dispatcher.ask(generation, 'onArrival', subjectOf({ message: messageOf() }), arrival);
  expect(verdict).toMatchObject({ decision: { kind: 'defer' }, fault: { code: 'sandbox.memory' } });
});

test('every binding that was asked is in the trace, and nobody else', async () => {
  const { dispatcher, trace } = dispatcherOf({
    a: sdk.next(sdk.insertText({ plain: 'private', html: 'private' })),
    b: new Fault('sandbox.threw', { at: 'sink.ts:7' }, new Error('no such thing')),
    c: sdk.reject('no'),
    d: sdk.next(),
  });
  const message = messageOf();
  await dispatcher.ask(chain({}, { onFault: 'next' }, {}, {}), 'onArrival', subjectOf({ message }), arrival);
  expect(trace).toMatchObject([
    {
      kind: 'event',
      event: 'onArrival',
      traceId: 't1',
      at: 1_000,
      virtualServer: 'mx',
      binding: 'a',
      sink: 'probe',
      revision: 'abc',
      decision: 'next',
    },
    { binding: 'b', decision: 'next' },
    { binding: 'c', decision: 'reject' },
  ]);
  expect(trace.every(({ ms }) => ms !== null && ms >= 0)).toBe(true);
  expect(JSON.parse(trace[0]?.detail ?? '')).toEqual({ edits: ['insert-text'], outcomes: [{ kind: 'done' }] });
  expect(JSON.parse(trace[1]?.detail ?? '')).toEqual({
    fault: 'sandbox.threw',
    at: 'sink.ts:7',
    cause: 'no such thing',
  });
  expect(JSON.parse(trace[2]?.detail ?? '')).toEqual({ reply: { code: 550, status: '5.7.1', text: 'no' } });
});

test('tell reaches every matching binding, whatever the others do, and ignores answers', async () => {
  const { dispatcher, asked, trace } = dispatcherOf({
    a: new Fault('sandbox.threw'),
    b: sdk.reject('ignored'),
    c: undefined,
  });
  const events = ['onReject'];
  const bindings = ['a', 'b', 'c'].map((name) =>
    bindingOf({ name, rule: name === 'c' ? 'verb=MAIL' : 'verb=RCPT' }, { events }),
  );
  const payload = { verb: 'RCPT', reply: { code: 550, status: '5.1.1', text: 'x' } };
  await dispatcher.tell(generationOf(...bindings), 'onReject', subjectOf(), payload);
  expect(asked()).toEqual(['a', 'b']);
  expect(trace).toMatchObject([
    { binding: 'a', decision: null, detail: '{"fault":"sandbox.threw"}' },
    { binding: 'b', decision: null, detail: '' },
  ]);
});

test('matching() names the bindings a tell would go to, and tellOne() tells one of them', async () => {
  const events = ['onDelivered'];
  const [a, b] = [
    bindingOf({ name: 'a', rule: 'rcpt to=bob@*' }, { events }),
    bindingOf({ name: 'b', rule: 'rcpt to=cid@*' }, { events }),
  ];
  const { dispatcher, asked } = dispatcherOf({ a: new Fault('sandbox.threw'), b: null });
  const payload = { recipient: 'bob@example.test', mailbox: 'bob@example.test/INBOX' };
  expect(dispatcher.matching(generationOf(a, b), 'onDelivered', subjectOf(), payload)).toEqual(['mx/probe/a']);
  expect(await dispatcher.tellOne(a, 'onDelivered', subjectOf(), payload)).toMatchObject({ code: 'sandbox.threw' });
  expect(await dispatcher.tellOne(b, 'onDelivered', subjectOf(), payload)).toBeNull();
  expect(await dispatcher.tellOne(b, 'onUnload', subjectOf(), { reason: null })).toBeNull();
  expect(asked()).toEqual(['a', 'b']);
});

test('askOne() asks one binding alone; one that does not handle the event has no opinion', async () => {
  const { dispatcher, asked } = dispatcherOf({ a: new Fault('sandbox.threw') });
  const binding = bindingOf({ name: 'a' }, { events: ['onRcpt', 'onLoad'] });
  const subject = subjectOf({ session: null, source: 'lifetime' });
  expect((await dispatcher.askOne(binding, 'onLoad', subject, {})).missed).toMatchObject([
    { fault: { code: 'sandbox.threw' } },
  ]);
  expect((await dispatcher.askOne(bindingOf(), 'onLoad', subject, {})).missed).toEqual([]);
  expect(asked()).toEqual(['a']);
});

test('sessions do not wait for each other', async () => {
  const held = Promise.withResolvers<unknown>();
  const slow = (call: Call): unknown => (call.traceId === 'slow' ? held.promise : sdk.next());
  const { dispatcher } = dispatcherOf({ a: slow });
  const generation = chain({});
  const waiting = dispatcher.ask(generation, 'onRcpt', subjectOf({ traceId: 'slow' }), rcpt);
  expect((await dispatcher.ask(generation, 'onRcpt', subjectOf(), rcpt)).decision.kind).toBe('next');
  held.resolve(sdk.reject('no'));
  expect((await waiting).decision.kind).toBe('reject');
});
