import { expect, test } from 'vitest';
import type { Edit } from '../../../sdk/edits.ts';
import * as sdk from '../../../sdk/index.ts';
import { applyToPayload, redirectPayload } from '../../../core/events/payload.ts';
import type { AnyPayload } from '../../../core/events/subject.ts';

const isLocal = (address: string): boolean => address.endsWith('@example.test');
const apply = (payload: AnyPayload, ...edits: readonly Edit[]): AnyPayload =>
  edits.reduce((now, edit) => applyToPayload(now, edit, isLocal), payload);

const envelope = { reversePath: 'ann@else.example', recipients: ['bob@example.test'] };

test('capabilities are added and hidden by keyword, whatever its case', () => {
  const capabilities = ['SIZE 1000', 'STARTTLS', 'SIZEABLE'];
  expect(apply({ capabilities }, sdk.addCapability('X-A b'), sdk.hideCapability('size'))).toEqual({
    capabilities: ['STARTTLS', 'SIZEABLE', 'X-A b'],
  });
});

test('recipients are added once and removed, the domain without regard to case', () => {
  const added = apply({ envelope }, sdk.addRecipient('cid@else.example'), sdk.addRecipient('bob@EXAMPLE.test'));
  expect(added.envelope?.recipients).toEqual(['bob@example.test', 'cid@else.example']);
  expect(apply(added, sdk.removeRecipient('bob@Example.Test')).envelope?.recipients).toEqual(['cid@else.example']);
  expect(apply(added, sdk.removeRecipient('Bob@example.test'))).toEqual(added);
});

test('the reverse-path is that of the envelope, or of MAIL', () => {
  expect(apply({ envelope }, sdk.setReversePath('')).envelope).toEqual({ ...envelope, reversePath: '' });
  expect(apply({ reversePath: 'a@b' }, sdk.setReversePath('c@d'))).toEqual({ reversePath: 'c@d' });
});

test('a new recipient is local or not by its own domain', () => {
  const payload = { recipient: 'x@else.example', local: false, envelope };
  expect(apply(payload, sdk.setRecipient('y@example.test'))).toEqual({
    recipient: 'y@example.test',
    local: true,
    envelope,
  });
});

test('a redirect is of the recipient the event is about, else of the envelope', () => {
  const to = ['p@example.test', 'q@else.example'];
  expect(redirectPayload({ recipient: 'x@else.example', envelope }, to, isLocal)).toEqual({
    recipient: 'p@example.test',
    local: true,
    envelope,
  });
  expect(redirectPayload({ envelope }, to, isLocal).envelope?.recipients).toEqual(to);
});

test('edits of message, greeting and tags leave the payload as it is, and no edit changes its input', () => {
  const payload = Object.freeze({
    envelope: Object.freeze({ ...envelope, recipients: Object.freeze(['b@example.test']) }),
  });
  const edits = [
    sdk.setGreeting('x'),
    sdk.setTag('a', 'b'),
    sdk.setField('X', 'y'),
    sdk.insertText({ plain: 'a', html: 'b' }),
  ];
  expect(apply(payload, ...edits)).toBe(payload);
  expect(() => apply(payload, sdk.addRecipient('c@d'), sdk.setReversePath('e@f'))).not.toThrow();
});
