import { expect, test } from 'vitest';
import { eventNames, specOf } from '../../../sdk/catalogue.ts';
import type { Manifest } from '../../../sdk/manifest.ts';
import { legalOnFault } from '../../../core/events/bindings/faults.ts';
import { bindingOf, readBinding } from '../../support/bindings.ts';

function problemsOf(...given: Parameters<typeof readBinding>) {
  const reading = readBinding(...given);
  return reading.kind === 'problems' ? reading.problems : [];
}
const textsOf = (...given: Parameters<typeof readBinding>): string[] => problemsOf(...given).map(({ text }) => text);

test('a binding covers all the sink handles, with the defaults of catalogue and role', () => {
  const binding = bindingOf({ settings: { a: 1 } });
  expect(binding).toMatchObject({ key: 'mx/probe/probe', virtualServer: 'mx', name: 'probe', settings: { a: 1 } });
  expect([...binding.events.keys()]).toEqual(['onConnect', 'onMail', 'onRcpt', 'onData', 'onEndOfData', 'onArrival']);
  expect(binding.events.get('onRcpt')).toEqual({ rule: null, priority: 24_575, deadline: 5_000, onFault: 'defer' });
  expect(binding.events.get('onArrival')).toMatchObject({ deadline: 30_000, onFault: 'defer' });
});

test('what is said for one event goes before what is said for all', () => {
  const on = { onRcpt: { rule: 'rcpt to=a@*', priority: 1, deadline: '1s', onFault: 'next' } };
  const binding = bindingOf({
    events: ['onMail', 'onRcpt'],
    rule: 'mail from=*',
    priority: 7,
    deadline: '2s',
    onFault: 'reject',
    on,
  });
  expect(binding.events.get('onMail')).toMatchObject({
    rule: { source: 'mail from=*' },
    priority: 7,
    deadline: 2_000,
    onFault: 'reject',
  });
  expect(binding.events.get('onRcpt')).toMatchObject({
    rule: { source: 'rcpt to=a@*' },
    priority: 1,
    deadline: 1_000,
    onFault: 'next',
  });
});

test.each([
  ['decides', 'defer'],
  ['edits', 'defer'],
  ['observes', 'next'],
] as const)('a fault of a sink that %s means %s where nothing is said', (role, onFault) => {
  expect(bindingOf({}, { role }).events.get('onArrival')?.onFault).toBe(onFault);
});

test('onFault is what the sink itself could have decided, or to go on', () => {
  for (const event of eventNames) {
    const wanted = ['defer', 'quarantine', 'reject'].filter((kind) =>
      specOf(event).decisions.some((one) => one === kind),
    );
    expect(legalOnFault(event)).toEqual(['next', ...wanted]);
  }
  expect(problemsOf({ events: ['onRcpt', 'onArrival'], onFault: 'quarantine' })).toEqual([
    {
      path: ['onFault'],
      column: null,
      text: 'onRcpt cannot quarantine; it can next, defer, reject: write `on: { onRcpt: { onFault: defer } }`',
    },
  ]);
  expect(
    textsOf({ events: ['onRcpt', 'onArrival'], onFault: 'quarantine', on: { onRcpt: { onFault: 'defer' } } }),
  ).toEqual([]);
});

test.each([
  [[], ['http'], 'write `grants: { http: { hosts: [api.example.com] } }` in this binding'],
  [['kv'], ['kv', 'submit'], 'write `grants: [kv, submit]` in this binding'],
  [
    ['kv'],
    ['kv', 'secrets', 'scan'],
    "write `grants: { kv: true, secrets: { api-token: { env: API_TOKEN } }, scan: { clamd: '127.0.0.1:3310' } }` in this binding",
  ],
  [{ submit: { perHour: 9 } }, ['submit', 'dns'], 'add `dns: true` to the grants of this binding'],
])('of what %j lacks for %j the text says which line to write', (grants, needs, remedy) => {
  const wanted: Manifest['needs'] = JSON.parse(JSON.stringify(needs));
  const [text = ''] = textsOf({ grants }, { needs: wanted });
  expect(text.slice(text.indexOf('if it may have that, '))).toBe(`if it may have that, ${remedy}`);
});

test('what a sink wants may be granted and may be left out', () => {
  const wanting = { needs: ['message'], wants: ['directory'] } as const;
  expect(Object.keys(bindingOf({ grants: ['message', 'directory', 'kv'] }, wanting).grants)).toContain('directory');
  expect(Object.keys(bindingOf({ grants: ['message', 'directory', 'kv'] }, wanting).grants)).not.toContain('kv');
  expect(problemsOf({ grants: ['message'] }, wanting)).toEqual([]);
});

test('a capability the sink needs must be granted, and the text says what to write', () => {
  expect(problemsOf({ grants: ['kv'] }, { needs: ['kv', 'message', 'clock'] })).toEqual([
    {
      path: ['grants'],
      column: null,
      text: 'probe needs message: if it may have that, write `grants: [kv, message]` in this binding',
    },
  ]);
  expect(bindingOf({ grants: ['message', 'kv'] }, { needs: ['message', 'clock'] }).grants).toEqual({
    log: {},
    message: {},
    clock: {},
  });
  const strange: Manifest['needs'] = JSON.parse('["teleport"]');
  expect(textsOf({}, { needs: strange })).toEqual([
    'probe needs teleport, which this Sluice does not have; it has log, clock, kv, message, dns, http, scan, submit, directory, secrets, smime, mailauth',
  ]);
});

test('an event must be there, handled by the sink, and happen on the virtual server', () => {
  expect(textsOf({}, { events: ['onRcpt', 'onFoo'] })).toEqual([
    'probe handles onFoo, and there is no such event here',
  ]);
  expect(problemsOf({ events: ['onMail', 'onAuth'] })).toMatchObject([
    {
      path: ['events', 1],
      text: 'probe does not handle onAuth; it handles onConnect, onMail, onRcpt, onData, onEndOfData, onArrival',
    },
  ]);
  expect(textsOf({ events: ['onMail'] }, {}, 'pop3')).toEqual(['mx speaks pop3, where onMail does not happen']);
  expect(textsOf({}, { events: ['onMail', 'onLoad'] }, 'pop3')).toEqual([
    'mx speaks pop3, where none of the events of probe happens: onMail, onLoad',
  ]);
  expect(problemsOf({ on: { onAuth: { priority: 1 } } })).toMatchObject([{ path: ['on', 'onAuth'] }]);
});

test('on a POP3 virtual server a binding covers the events that happen there', () => {
  const reading = readBinding({}, { events: ['onConnect', 'onMail', 'onArrival', 'onRetrieve'] }, 'pop3');
  expect(reading.kind === 'binding' && [...reading.binding.events.keys()]).toEqual(['onConnect', 'onRetrieve']);
});

test('the lifetime and timers of a sink come whatever events, rule, deadline and onFault are chosen', () => {
  const events = ['onRcpt', 'onMail', 'onTimer', 'onLoad', 'onUnload'];
  const binding = bindingOf(
    { events: ['onRcpt'], rule: 'rcpt to=*', deadline: '5s', onFault: 'reject' },
    { events, timers: { tick: { every: '5m' } } },
  );
  expect([...binding.events.keys()]).toEqual(['onRcpt', 'onTimer', 'onLoad', 'onUnload']);
  expect(binding.events.get('onLoad')).toMatchObject({ rule: null, onFault: 'next' });
  expect(binding.events.get('onTimer')).toMatchObject({ rule: null, deadline: 30_000 });
});

test('a deadline is at most that of the event', () => {
  expect(problemsOf({ events: ['onRcpt', 'onArrival'], deadline: '20s' })).toEqual([
    { path: ['deadline'], column: null, text: 'onRcpt allows at most 5s: write `on: { onRcpt: { deadline: 5s } }`' },
  ]);
  expect(problemsOf({ on: { onRcpt: { deadline: '6s' } } })).toMatchObject([{ path: ['on', 'onRcpt', 'deadline'] }]);
});

test('a rule that does not parse is refused with its place', () => {
  expect(problemsOf({ rule: 'mail from=*;to=*' })).toMatchObject([{ path: ['rule'], column: 13 }]);
  const on = { onRcpt: { rule: { any: [{ rcptTo: 'a@b' }, { rcptTo: 'b' }] } } };
  expect(problemsOf({ on })).toMatchObject([{ path: ['on', 'onRcpt', 'rule', 'any', 1, 'rcptTo'], column: null }]);
});

test('a rule term an event cannot answer is refused, and the text says what to do', () => {
  expect(problemsOf({ events: ['onMail', 'onRcpt'], rule: 'mail from=*;rcpt to=a@*' })).toEqual([
    {
      path: ['rule'],
      column: 21,
      text:
        'onMail cannot answer rcptTo; these can: onRcpt, onData, onEndOfData, onArrival, onDelivered, onBounced; ' +
        'give it a rule of its own under `on: { onMail: { rule: … } }`, or leave it out of `events`',
    },
  ]);
});

test('timers are read when the binding is saved', () => {
  const events = ['onTimer'];
  const timers = {
    a: { every: '0s' },
    b: { cron: '61 * * * *' },
    c: { cron: '0 0 30 2 *' },
    d: { cron: '* * * * *', zone: 'Mars/Dome' },
  };
  expect(textsOf({}, { events, timers })).toEqual([
    expect.stringContaining('timer a of probe: every: expected a duration from 1s to 366d'),
    expect.stringContaining('timer b of probe: cron: '),
    expect.stringContaining('timer c of probe: cron: 0 0 30 2 * never comes'),
    expect.stringContaining('timer d of probe: cron: '),
  ]);
  expect(textsOf({}, { events: ['onRcpt'], timers: { a: { every: '5m' } } })).toEqual([
    'probe has timers but no onTimer',
  ]);
});

test('all problems come at once', () => {
  expect(problemsOf({ rule: 'x', onFault: 'quarantine', deadline: '1h' }, { needs: ['kv'] }).length).toBeGreaterThan(5);
});

test.each(['decides', 'observes'] as const)('afterMaxDefer is refused for a sink that %s', (role) => {
  const said = { maxDefer: '2h', afterMaxDefer: 'send-unedited' };
  expect(bindingOf(said, { role: 'edits' })).toMatchObject({ maxDefer: 7_200_000, afterMaxDefer: 'send-unedited' });
  expect(readBinding(said, { role })).toMatchObject({
    problems: [{ path: ['afterMaxDefer'], text: `this is for sinks that edit, and probe ${role}: leave it out` }],
  });
});

test('onCommand is asked about verbs its rule names; without one the binding is refused, with the line to write', () => {
  const events = ['onCommand'] as const;
  const wanted = "onCommand is asked about the verbs it names: write `on: { onCommand: { rule: 'verb=X-HELLO' } }`";
  expect(textsOf({}, { events })).toEqual([wanted]);
  expect(textsOf({ rule: 'remote ip=192.0.2.0/24' }, { events })).toEqual([wanted]);
  expect(textsOf({ on: { onCommand: { rule: 'verb=X-*' } } }, { events })).toEqual([]);
  expect(textsOf({ rule: { all: [{ verb: 'X-HELLO' }] } }, { events })).toEqual([]);
});
