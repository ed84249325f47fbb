import { expect, test } from 'vitest';
import type { Session } from '../../../sdk/context.ts';
import { parseRule, unanswerable, type Rule } from '../../../core/events/rule.ts';
import type { AnyPayload, Subject } from '../../../core/events/subject.ts';
import { messageDataOf, sessionOf, subjectOf } from '../../support/bindings.ts';

function ruleOf(source: string | object): Rule {
  const reading = parseRule(source);
  if (reading.kind === 'problems') throw new Error(JSON.stringify(reading.problems));
  return reading.rule;
}

type Given = {
  payload?: AnyPayload;
  session?: Partial<Session>;
  subject?: Partial<Subject>;
  fields?: [string, string][];
};

function matches(source: string | object, { payload = {}, session, subject, fields }: Given = {}): boolean {
  const message = fields ? messageDataOf(fields) : null;
  return ruleOf(source).matches({
    payload,
    subject: subjectOf({ ...(session ? { session: sessionOf(session) } : {}), ...subject }),
    message: () => message,
  });
}

const mail = (reversePath: string, ...recipients: string[]): Given => ({
  payload: { envelope: { reversePath, recipients } },
});

function problemsOf(source: string | object) {
  const reading = parseRule(source);
  return reading.kind === 'problems' ? reading.problems : [];
}

test('classic: a pattern ignores case and * stands for any text, also none', () => {
  expect(matches('MAIL  FROM=*@Example.COM', mail('ann@example.com'))).toBe(true);
  expect(matches('mail from=*@example.com', mail('ann@example.com.evil'))).toBe(false);
  expect(matches('mail from=*.example', mail('ann@mail.EXAMPLE'))).toBe(true);
  expect(matches('mail from=a*n@*.*', mail('an@x.y'))).toBe(true);
  expect(matches('mail from=a*n@*', mail('a@x'))).toBe(false);
  expect(matches('mail from=*', mail(''))).toBe(true);
  expect(matches('mail from=<>', mail(''))).toBe(true);
  expect(matches('mail from=<>', mail('ann@example.com'))).toBe(false);
  expect(matches('mail from=<ann@*>', mail('ann@example.com'))).toBe(true);
});

test('classic: dots and brackets of a pattern are literal', () => {
  expect(matches('mail from=a.b@[192.0.2.*]', mail('a.b@[192.0.2.9]'))).toBe(true);
  expect(matches('mail from=a.b@*', mail('axb@example.com'))).toBe(false);
});

test('classic: ; between different commands is AND, a repeated command or a comma is OR', () => {
  const and = 'mail from=*@a.example;rcpt to=*@b.example';
  expect(matches(and, mail('x@a.example', 'y@b.example'))).toBe(true);
  expect(matches(and, mail('x@a.example', 'y@c.example'))).toBe(false);
  expect(matches(and, mail('x@c.example', 'y@b.example'))).toBe(false);

  const repeated = 'mail from=*@a.example ; mail from=*@c.example ; rcpt to=*@b.example;';
  expect(matches(repeated, mail('x@c.example', 'y@b.example'))).toBe(true);
  expect(matches(repeated, mail('x@c.example', 'y@a.example'))).toBe(false);

  const comma = 'rcpt to= y@b.example , z@b.example;ehlo=client.*,other.*';
  expect(matches(comma, mail('', 'z@b.example'))).toBe(true);
  expect(matches(comma, { ...mail('', 'z@b.example'), session: { ehlo: 'third.example' } })).toBe(false);
});

test('classic: helo is ehlo, and header names its field', () => {
  expect(matches('helo=client.*;ehlo=nobody')).toBe(true);
  expect(matches('header subject=*invoice*', { fields: [['Subject', 'Your Invoice 7']] })).toBe(true);
  expect(matches('header subject=*invoice*', { fields: [['X-Subject', 'Your Invoice 7']] })).toBe(false);
  const two = 'header subject=a*;header x-flag=yes';
  expect(matches(two, { fields: [['Subject', 'abc']] })).toBe(false);
  expect(
    matches(two, {
      fields: [
        ['Subject', 'abc'],
        ['X-Flag', 'YES'],
      ],
    }),
  ).toBe(true);
});

test('a rule about recipients matches when any does, and says which', () => {
  const rule = ruleOf('rcpt to=*@b.example,c@*');
  const facts = {
    payload: { envelope: { reversePath: '', recipients: ['a@a.example', 'b@B.example', 'c@a.example'] } },
    subject: subjectOf(),
    message: () => null,
  };
  expect(rule.matches(facts)).toBe(true);
  expect(rule.recipients(facts)).toEqual(['b@B.example', 'c@a.example']);
  expect(ruleOf('mail from=*').recipients(facts)).toBeNull();
  expect(ruleOf({ not: { rcptTo: 'a@*' } }).recipients(facts)).toBeNull();
});

test('a rule about recipients looks at the recipient of the event where there is one', () => {
  const payload = { recipient: 'c@c.example', envelope: { reversePath: '', recipients: ['b@b.example'] } };
  expect(matches('rcpt to=b@*', { payload })).toBe(false);
  expect(matches('rcpt to=c@*', { payload })).toBe(true);
});

const from = (address: string): Given => ({ session: { remote: { address, port: 1 } } });

test('remoteIp takes ranges and addresses of both families, and reads IPv4-mapped addresses as IPv4', () => {
  expect(matches({ remoteIp: '192.0.2.0/24' }, from('192.0.2.200'))).toBe(true);
  expect(matches({ remoteIp: '192.0.2.0/24' }, from('::ffff:192.0.2.200'))).toBe(true);
  expect(matches({ remoteIp: '::ffff:192.0.2.0/120' }, from('192.0.2.200'))).toBe(true);
  expect(matches({ remoteIp: '192.0.2.0/24' }, from('192.0.3.1'))).toBe(false);
  expect(matches({ remoteIp: '2001:db8::/32' }, from('2001:db8:1::1'))).toBe(true);
  expect(matches({ remoteIp: '2001:db8::/32' }, from('192.0.2.1'))).toBe(false);
  expect(matches({ remoteIp: '2001:db8::1' }, from('2001:0db8:0:0::1'))).toBe(true);
  expect(matches({ remoteIp: ['10.0.0.0/8', '::/0'] }, from('::1'))).toBe(true);
  expect(matches({ remoteIp: '0.0.0.0/0' }, from('nonsense'))).toBe(false);
  expect(matches('remote ip=10.0.0.0/8,192.0.2.7')).toBe(true);
});

test.each(['010.0.0.1', '10.1', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '0x7f.0.0.1', '::/129', 'localhost', ''])(
  'remoteIp refuses %j',
  (remoteIp) => {
    expect(problemsOf({ remoteIp })).toEqual([expect.objectContaining({ path: ['remoteIp'] })]);
  },
);

test('authenticated and tls look at the session; without a session they are false', () => {
  const tls = { version: 'TLSv1.3', cipher: 'x' };
  expect(matches({ authenticated: true, tls: true }, { session: { identity: 'ann', tls } })).toBe(true);
  expect(matches({ authenticated: true }, { session: { tls } })).toBe(false);
  expect(matches({ authenticated: false, tls: false }, { subject: { session: null } })).toBe(true);
  expect(matches('authenticated=true;tls=FALSE', { session: { identity: 'ann' } })).toBe(true);
  expect(matches({ authenticated: true }, { payload: { verified: true } })).toBe(true);
});

test('sizeOver compares with the message, else with what MAIL declared; unknown is not over', () => {
  expect(matches({ sizeOver: '1KB' }, { subject: { size: 1_025 } })).toBe(true);
  expect(matches({ sizeOver: 1_024 }, { subject: { size: 1_024 } })).toBe(false);
  expect(matches({ sizeOver: 999 }, { fields: [] })).toBe(true);
  expect(matches({ sizeOver: '1KB' }, { payload: { parameters: { SIZE: '2000' } } })).toBe(true);
  expect(matches({ sizeOver: 0 }, { payload: { parameters: { SIZE: 'many' } } })).toBe(false);
  expect(matches({ sizeOver: 0 }, { payload: {} })).toBe(false);
});

test.each([
  ['inbound', 'ann@else.example', ['bob@example.test'], {}],
  ['outbound', 'bob@example.test', ['ann@else.example', 'cid@example.test'], {}],
  ['outbound', 'ann@else.example', ['ann@else.example'], {}],
  ['internal', 'bob@example.test', ['cid@example.test'], {}],
  ['internal', 'ann@else.example', ['cid@example.test'], { identity: 'bob' }],
  ['inbound', '', ['cid@example.test'], {}],
])('direction is %s from %j to %j', (direction, reversePath, recipients, session) => {
  const given = { ...mail(reversePath, ...recipients), session };
  expect(matches({ direction }, given)).toBe(true);
  for (const other of ['inbound', 'outbound', 'internal'].filter((one) => one !== direction)) {
    expect(matches({ direction: other }, given)).toBe(false);
  }
});

test('direction of our own reports within is internal, and source tells them', () => {
  const given = { ...mail('', 'cid@example.test'), subject: { source: 'report', session: null } as const };
  expect(matches({ direction: 'internal', source: 'report' }, given)).toBe(true);
  expect(matches('source=smtp', given)).toBe(false);
});

test('verb matches the command', () => {
  expect(matches({ verb: 'rcpt' }, { payload: { verb: 'RCPT' } })).toBe(true);
  expect(matches({ verb: ['MAIL', 'DATA'] }, { payload: { verb: 'RCPT' } })).toBe(false);
});

test('structured: all, any and not combine; several keys are AND, a list of values is OR; a text is classic', () => {
  const rule = {
    all: [{ any: [{ mailFrom: ['a@*', 'b@*'] }, { tls: true }] }, { not: 'rcpt to=*@c.example' }],
    ehlo: 'client.example',
  };
  expect(matches(rule, mail('b@x.example', 'd@d.example'))).toBe(true);
  expect(matches(rule, mail('b@x.example', 'd@c.example'))).toBe(false);
  expect(matches(rule, mail('z@x.example', 'd@d.example'))).toBe(false);
  expect(
    matches(rule, { ...mail('z@x.example', 'd@d.example'), session: { tls: { version: 'x', cipher: 'y' } } }),
  ).toBe(true);
  expect(matches(rule, { ...mail('b@x.example'), session: { ehlo: null } })).toBe(false);
});

test('structured: header without value asks whether there is such a field', () => {
  const rule = { header: { name: 'List-Id' } };
  expect(matches(rule, { fields: [['list-id', '']] })).toBe(true);
  expect(matches(rule, { fields: [['Subject', 'x']] })).toBe(false);
  expect(matches({ header: [{ name: 'A', value: 'x' }, { name: 'B' }] }, { fields: [['b', 'y']] })).toBe(true);
});

test.each([
  ['', 1, 'nothing here'],
  ['   ', 1, 'nothing here'],
  ['mail from', 1, 'expected command=pattern'],
  ['mail from=*;  rcpt too=*', 15, '`rcpt too` is no command'],
  ['mail from=*;;rcpt to=*', 13, 'expected command=pattern'],
  ['mail from=a@b, ,c@d', 16, 'expected an address'],
  ['mail from=', 11, 'the null reverse-path is written <>'],
  ['mail from=example.com', 11, 'write *@example.com'],
  ['remote ip=10.0.0.0/8, 10.0.0.256', 23, 'expected an address or a range'],
  ['direction=sideways', 11, 'inbound, outbound, internal'],
  ['header=x', 8, "expected { name: 'Subject'"],
  ['size over=25 MB', 11, 'expected a size'],
])('classic: %j is refused at column %i', (rule, column, text) => {
  expect(problemsOf(rule)).toEqual([{ path: [], column, text: expect.stringContaining(text) }]);
});

test('all problems of a rule come at once', () => {
  expect(problemsOf('foo=1;mail from=;tls=perhaps').map(({ column }) => column)).toEqual([1, 17, 22]);
});

test.each([
  [{}, [], 'expected a mapping'],
  [[], [], 'expected a mapping'],
  [{ all: [] }, ['all'], 'expected a list'],
  [{ any: {} }, ['any'], 'expected a list'],
  [{ not: [] }, ['not'], 'expected a mapping'],
  [{ mailfrom: '*' }, ['mailfrom'], 'no term of a rule; known: all, any, not, ehlo, mailFrom'],
  [{ mailFrom: [] }, ['mailFrom'], 'would match nothing'],
  [{ any: [{ tls: true }, { mailFrom: ['a@b', 7] }] }, ['any', 1, 'mailFrom', 1], 'expected an address'],
  [{ tls: 'maybe' }, ['tls'], 'expected true or false'],
  [{ sizeOver: -1 }, ['sizeOver'], 'expected a size'],
  [{ header: { name: 'A:' } }, ['header'], 'expected { name'],
  [{ header: { name: 'A', is: 'x' } }, ['header'], 'expected { name'],
  [{ toString: 'x' }, ['toString'], 'no term of a rule'],
])('structured: %j is refused at %j', (rule, path, text) => {
  expect(problemsOf(rule)).toEqual([{ path, column: null, text: expect.stringContaining(text) }]);
});

test('a classic rule inside a structured one keeps its column and gets a path', () => {
  expect(problemsOf({ any: ['tls=true', 'tls=x'] })).toEqual([
    { path: ['any', 1], column: 5, text: expect.stringContaining('expected true or false') },
  ]);
});

test('depth, length and number of terms are bounded', () => {
  let deep: object = { tls: true };
  for (let i = 0; i < 100_000; i += 1) deep = { not: deep };
  expect(problemsOf(deep)[0]?.text).toBe('nested too deeply');
  expect(problemsOf(`mail from=${'*@'.repeat(5_000)}`)[0]?.text).toContain('longer than');
  expect(problemsOf({ mailFrom: Array.from({ length: 300 }, () => 'a@b') })[0]?.text).toContain('more than 256 terms');
});

test('a pattern made to backtrack is answered at once', () => {
  const rule = `ehlo=${'*a'.repeat(400)}*b`;
  expect(matches(rule, { session: { ehlo: 'a'.repeat(100_000) } })).toBe(false);
  expect(matches(rule, { session: { ehlo: `${'a'.repeat(100_000)}b` } })).toBe(true);
});

test('a term an event cannot answer is a problem, with its place', () => {
  const rule = ruleOf('mail from=*;rcpt to=a@b');
  expect(unanswerable(rule, 'onRcpt')).toEqual([]);
  expect(unanswerable(rule, 'onMail')).toEqual([
    {
      path: [],
      column: 21,
      text: 'onMail cannot answer rcptTo; these can: onRcpt, onData, onEndOfData, onArrival, onDelivered, onBounced',
    },
  ]);
  expect(unanswerable(ruleOf({ not: { any: [{ header: { name: 'A' } }] } }), 'onRcpt')).toMatchObject([
    { path: ['not', 'any', 0, 'header'] },
  ]);
});
