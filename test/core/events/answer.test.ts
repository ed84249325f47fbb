import { anything, assert, constantFrom, property } from 'fast-check';
import { expect, test } from 'vitest';
import { eventNames, specOf, type EventName } from '../../../sdk/catalogue.ts';
import * as sdk from '../../../sdk/index.ts';
import { readAnswer } from '../../../core/events/answer.ts';
import { Fault } from '../../../core/errors.ts';

function problemOf(event: EventName, answer: unknown): string {
  try {
    readAnswer(event, answer);
  } catch (fault) {
    if (fault instanceof Fault && fault.code === 'sandbox.answer') return String(fault.context['problem']);
    throw fault;
  }
  return '';
}

const asks = eventNames.filter((name) => specOf(name).kind === 'ask');
const overTheWall = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));

test('what the SDK makes is read back as it was', () => {
  const made = [
    ['onRcpt', sdk.next()],
    ['onRcpt', sdk.noted(sdk.next(), 'known for years')],
    ['onRcpt', sdk.noted(sdk.reject('No such user'), 'left in May', { since: '2026-05-01', by: ['hr'] })],
    ['onRcpt', sdk.next(sdk.setTag('seen', 'yes'), sdk.addRecipient('archive@example.test'))],
    ['onRcpt', sdk.accept(sdk.setRecipient('"odd \\" one"@[192.0.2.1]'))],
    ['onRcpt', sdk.reject('No such user', { status: '1.1' })],
    ['onRcpt', sdk.defer('Come back in 5 minutes')],
    ['onRcpt', sdk.drop('spam trap')],
    ['onRcpt', sdk.redirect(['bob@example.test', 'ann@example.test'])],
    ['onRcpt', sdk.disconnect('Enough', { code: 421 })],
    ['onEndOfData', sdk.discard('test mail')],
    ['onEndOfData', sdk.quarantine('looks odd', sdk.prependField('X-Odd', 'yes'))],
    ['onArrival', sdk.badmail('no header at all')],
    [
      'onArrival',
      sdk.next(sdk.insertText({ plain: 'a\r\nb', html: '<p>a</p>' }), sdk.removeFields('X-A'), sdk.setReversePath('')),
    ],
    [
      'onArrival',
      sdk.next(
        sdk.insertText({
          plain: 'a',
          html: '<img src="cid:i">',
          images: [{ name: 'i', type: 'image/png', base64: 'QQ==' }],
        }),
        sdk.addPart(sdk.filePart('application/pdf', 'QUJD', { disposition: 'attachment', filename: 'größe.pdf' })),
        sdk.replacePart('1.2', sdk.textPart('text/plain', 'a\nb', { charset: 'iso-8859-1' })),
        sdk.removePart('2.TEXT', 'gone'),
        sdk.removePart(''),
        sdk.wrap('<p>a</p>'),
      ),
    ],
    ['onConnect', sdk.accept(sdk.setGreeting('mail.example.test ready'))],
    ['onEhlo', sdk.next(sdk.addCapability('X-HELLO a b'), sdk.hideCapability('STARTTLS'))],
  ] as const;
  for (const [event, decision] of made) expect(readAnswer(event, overTheWall(decision))).toEqual(decision);
});

test('an answer that is missing says what to write', () => {
  expect(problemOf('onRcpt', undefined)).toBe('the handler returned nothing; end it with `return next();`');
  expect(problemOf('onRcpt', null)).toContain('returned nothing');
});

test('a decision or edit the event does not allow is a fault, and never coerced', () => {
  expect(problemOf('onRcpt', sdk.quarantine('x'))).toBe(
    'onRcpt does not allow quarantine; it allows next, accept, reject, defer, drop, redirect, disconnect',
  );
  expect(problemOf('onData', sdk.next(sdk.insertText({ plain: 'x', html: 'x' })))).toBe(
    'onData does not allow the edit insert-text; it allows add-recipient, remove-recipient, set-tag',
  );
  expect(problemOf('onRetrieve', sdk.next(sdk.setTag('a', 'b')))).toContain('it allows none');
});

test('every pair of event and decision is legal exactly where the catalogue says so', () => {
  const decisions = [
    sdk.next(),
    sdk.accept(),
    sdk.reject('x'),
    sdk.defer('x'),
    sdk.discard('x'),
    sdk.drop('x'),
    sdk.quarantine('x'),
    sdk.redirect(['a@example.test']),
    sdk.disconnect('x'),
    sdk.badmail('x'),
  ];
  for (const event of asks) {
    for (const decision of decisions) {
      const isLegal = specOf(event).decisions.includes(decision.kind);
      expect({ event, decision, isRead: problemOf(event, decision) === '' }).toEqual({
        event,
        decision,
        isRead: isLegal,
      });
    }
  }
});

test.each([
  ['a string', 'next'],
  ['a number', 7],
  ['a list', []],
  ['no kind', {}],
  ['an unknown kind', { kind: 'pass', edits: [] }],
  ['no edits', { kind: 'next' }],
  ['edits that are no list', { kind: 'next', edits: { length: 0 } }],
  ['an unknown key', { kind: 'next', edits: [], skip: true }],
  ['edits on a refusal', { ...sdk.reject('x'), edits: [] }],
  ['stop on accept', { ...sdk.accept(), stop: true }],
  ['stop that is no boolean', { ...sdk.next(), stop: 'yes' }],
  ['an unknown edit', { kind: 'next', edits: [{ kind: 'replace-raw', octets: '' }] }],
  ['an edit with a stray key', { kind: 'next', edits: [{ ...sdk.setTag('a', 'b'), value2: 'c' }] }],
  ['a hole in the edits', { kind: 'next', edits: [null] }],
  ['too many edits', sdk.next(...Array.from({ length: 101 }, () => sdk.setTag('a', 'b')))],
  ['no recipients', { kind: 'redirect', recipients: [], edits: [] }],
  ['too many recipients', sdk.redirect(Array.from({ length: 1_001 }, (_, i) => `u${i}@example.test`))],
  ['a recipient that is none', sdk.redirect(['bob'])],
])('%s is refused', (_, answer) => {
  expect(problemOf('onRcpt', answer)).not.toBe('');
});

test.each([
  ['reject with a 4yz code', { kind: 'reject', reply: { code: 450, status: '4.7.1', text: 'x' } }, '5yz'],
  ['defer with a 5yz code', { kind: 'defer', reply: { code: 550, status: '5.7.1', text: 'x' } }, '4yz'],
  ['a 2yz refusal', { kind: 'reject', reply: { code: 250, status: '2.0.0', text: 'x' } }, '5yz'],
  ['a code of six hundred', { kind: 'disconnect', reply: { code: 600, status: '5.0.0', text: 'x' } }, '4yz or 5yz'],
  [
    'a status of another class',
    { kind: 'reject', reply: { code: 550, status: '4.7.1', text: 'x' } },
    'not that of the code',
  ],
  ['a status that is none', { kind: 'reject', reply: { code: 550, status: '5.7', text: 'x' } }, 'enhanced status'],
  ['a broken code', { kind: 'reject', reply: { code: 550.5, status: '5.7.1', text: 'x' } }, 'code'],
])('%s is refused', (_, answer, text) => {
  expect(problemOf('onRcpt', answer)).toContain(text);
});

const hostile = ['\r', '\n', '\r\n250 ok', '\0', '\u0007', '\u0085', '\u{d800}'];

test('no text of one line takes a control character or half a character', () => {
  for (const bad of hostile) {
    const text = `a${bad}b`;
    const answers: readonly (readonly [EventName, unknown])[] = [
      ['onRcpt', { kind: 'reject', reply: { code: 550, status: '5.7.1', text } }],
      ['onRcpt', sdk.drop(text)],
      ['onRcpt', sdk.redirect([`${text}@example.test`])],
      ['onRcpt', sdk.next(sdk.setTag(text, 'x'))],
      ['onRcpt', sdk.next(sdk.setTag('x', text))],
      ['onRcpt', sdk.next(sdk.setRecipient(`ann@${text}.example`))],
      ['onConnect', sdk.next(sdk.setGreeting(text))],
      ['onEhlo', sdk.next(sdk.addCapability(text))],
      ['onEhlo', sdk.next(sdk.hideCapability(text))],
      ['onMail', sdk.next(sdk.setReversePath(text))],
      ['onArrival', sdk.next(sdk.setField(text, 'x'))],
      ['onArrival', sdk.next(sdk.setField('X-A', text))],
      ['onArrival', sdk.next(sdk.removeRecipient(text))],
    ];
    for (const [event, answer] of answers)
      expect({ answer, problem: problemOf(event, answer) }).not.toEqual({ answer, problem: '' });
  }
  expect(problemOf('onArrival', sdk.next(sdk.insertText({ plain: 'a\0', html: '' })))).toContain('NUL');
});

const part = sdk.filePart('text/plain', 'QUJD');
const image = { name: 'i', type: 'image/png', base64: 'QQ==' };

test.each([
  ['a type with a parameter', { kind: 'add-part', part: { ...part, type: 'text/plain; x=y' } }],
  ['a type with a line end', { kind: 'add-part', part: { ...part, type: 'text/plain\r\nBcc: x' } }],
  ['a multipart', { kind: 'add-part', part: { ...part, type: 'Multipart/mixed' } }],
  ['a message', { kind: 'add-part', part: { ...part, type: 'message/rfc822' } }],
  ['a charset with a line end', { kind: 'add-part', part: { ...part, charset: 'utf-8\r\nBcc: x' } }],
  ['a file name with a line end', { kind: 'add-part', part: { ...part, filename: 'a\r\nBcc: x' } }],
  ['a long file name', { kind: 'add-part', part: { ...part, filename: 'x'.repeat(256) } }],
  ['another disposition', { kind: 'add-part', part: { ...part, disposition: 'attachment; filename=x' } }],
  ['what is no base64', { kind: 'add-part', part: { ...part, content: { kind: 'octets', base64: 'QQ' } } }],
  [
    'base64 with a line end',
    { kind: 'add-part', part: { ...part, content: { kind: 'octets', base64: 'QQ==\r\n--' } } },
  ],
  ['text with NUL', { kind: 'add-part', part: { ...part, content: { kind: 'text', text: 'a\0' } } }],
  ['no content', { kind: 'replace-part', path: '1', part: { ...part, content: null } }],
  ['a path that is none', { kind: 'remove-part', path: '1..2', notice: null }],
  ['a path of zero', { kind: 'remove-part', path: '0', notice: null }],
  ['no notice at all', { kind: 'remove-part', path: '1' }],
  ['a notice with NUL', { kind: 'remove-part', path: '1', notice: '\0' }],
  ['a wrap without text', { kind: 'wrap' }],
  ['an image that is none', { ...sdk.insertText({ plain: '', html: '' }), images: [{ ...image, type: 'text/html' }] }],
  ['an odd name of an image', { ...sdk.insertText({ plain: '', html: '' }), images: [{ ...image, name: 'a"b' }] }],
  ['too many images', { ...sdk.insertText({ plain: '', html: '' }), images: Array.from({ length: 21 }, () => image) }],
])('an edit with %s is refused', (_, edit) => {
  expect(problemOf('onArrival', { kind: 'next', edits: [edit] })).toMatch(/^edits\[0\]/);
});

const at = (length: number): string => 'x'.repeat(length);

test('texts are bounded', () => {
  expect(problemOf('onRcpt', sdk.reject(at(480)))).toBe('');
  expect(problemOf('onRcpt', sdk.reject(at(481)))).toContain('480');
  expect(problemOf('onRcpt', sdk.reject(''))).not.toBe('');
  expect(problemOf('onArrival', sdk.next(sdk.setField('X-A', at(16_385))))).not.toBe('');
  expect(problemOf('onArrival', sdk.next(sdk.insertText({ plain: at(262_145), html: '' })))).not.toBe('');
  expect(problemOf('onRcpt', sdk.next(sdk.setTag(at(65), '')))).not.toBe('');
});

test('a problem says where, and repeats nothing of the answer', () => {
  const answer = { kind: 'next', edits: [sdk.setTag('ok', 'ok'), sdk.setTag('secret name', 'secret value')] };
  expect(problemOf('onRcpt', answer)).toMatch(/^edits\[1\]\.name: /);
  expect(problemOf('onRcpt', answer)).not.toContain('secret');
});

const isReadOrRefused = (event: EventName, answer: unknown): boolean =>
  problemOf(event, answer) !== '' || specOf(event).decisions.includes(readAnswer(event, answer).kind);

test('whatever comes, it is a decision of the row or a Fault', () => {
  expect(() => assert(property(constantFrom(...asks), anything(), isReadOrRefused))).not.toThrow();
});

const noted = (note: unknown): string => problemOf('onRcpt', { kind: 'next', edits: [], note });

test('a note is one line and a bounded mapping', () => {
  expect(noted({ text: 'a\nb' })).toMatch(/^note\.text: /);
  expect(noted({ text: 'x'.repeat(481) })).toMatch(/^note\.text: /);
  expect(noted({ text: 'x', values: { y: 'y'.repeat(8_000) } })).toBe(
    'note.values: more than 8000 characters of JSON; decisions are made with next(), accept(), reject(…), defer(…), drop(…), redirect(…), disconnect(…)',
  );
  expect(noted({ text: 'x', more: 1 })).toMatch(/^note: /);
  expect(noted('x')).toMatch(/^note: /);
});
