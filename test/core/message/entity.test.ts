import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { putEntity, readEntity } from '../../../core/message/entity.ts';
import { openMessage } from '../../../core/message/message.ts';
import { everyPart } from '../../../core/message/part.ts';
import { fixtures, wire } from '../../messages/make.ts';

const text = (octets: Buffer | null): string => (octets?.toString('latin1') ?? 'null').replaceAll('\r\n', '\n');
const signed =
  'Received: by a\nContent-Type: multipart/signed; boundary=s;\n\tprotocol="application/pkcs7-signature"\nSubject: x\n' +
  'Content-Description: a signed one\nMIME-Version: 1.0\n\n--s\nContent-Type: text/plain; charset=utf-8\nX-Inner: y\n\nHello\n\n--s\n' +
  'Content-Type: application/pkcs7-signature\n\nMII=\n--s--\n';

test('strip: the first part is the message, only its Content-* fields move up, the other fields stay (R32)', () => {
  const message = openMessage(wire(signed));
  const entity = readEntity(message, '1');
  expect(text(entity)).toBe('Content-Type: text/plain; charset=utf-8\nX-Inner: y\n\nHello\n');
  expect(text(putEntity(message, '', entity ?? Buffer.alloc(0)))).toBe(
    'Received: by a\nContent-Type: text/plain; charset=utf-8\nSubject: x\nMIME-Version: 1.0\n\nHello\n',
  );
});

const inner = 'Content-Type: text/plain; charset=utf-8\nX-Inner: y\n\nHello\n';
const mixed = (part: string): string =>
  `Content-Type: multipart/mixed; boundary=m\n\n--m\n${part}\n--m\n\nlast\n--m--\n`;

test('a part inside gives way octet for octet, a message inside keeps its other fields', () => {
  const outer = openMessage(wire(mixed(signed)));
  expect(text(putEntity(outer, '1', readEntity(outer, '1.1') ?? Buffer.alloc(0)))).toBe(mixed(inner));
  const forwarded = openMessage(wire(mixed(`Content-Type: message/rfc822\n\n${signed}`)));
  expect(text(putEntity(forwarded, '1.TEXT', readEntity(forwarded, '1.1') ?? Buffer.alloc(0)))).toBe(
    mixed(
      'Content-Type: message/rfc822\n\nReceived: by a\nContent-Type: text/plain; charset=utf-8\nSubject: x\nMIME-Version: 1.0\n\nHello\n',
    ),
  );
});

test('what has no empty line, or is not there, is refused', () => {
  const message = openMessage(wire('Subject: x\n\ny'));
  expect(putEntity(message, '', wire('Content-Type: text/plain'))).toBeNull();
  expect(putEntity(message, '2', wire('\ny'))).toBeNull();
  expect(readEntity(message, '2')).toBeNull();
  expect(putEntity(openMessage(wire(mixed(signed))), '1', wire('\n--m--\n'))).toBeNull();
  const open = openMessage(wire('Subject: x'));
  expect(readEntity(open, '')).toBeNull();
  expect(putEntity(open, '', wire('\ny'))).toBeNull();
});

test('a part put back where it was taken from leaves the message as it was', () => {
  for (const [name, octets] of fixtures()) {
    const message = openMessage(octets);
    for (const { path } of everyPart(message.root)) {
      const entity = readEntity(message, path);
      if (entity === null || (path === '' && !octets.includes('MIME-Version'))) continue;
      expect([name, path, putEntity(message, path, entity)?.equals(octets)]).toEqual([name, path, true]);
    }
  }
});

test('after strip the entity read back is the one that was put, whatever its body', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
      const entity = Buffer.concat([Buffer.from('Content-Type: application/x\r\nContent-Language: de\r\n\r\n'), body]);
      const stripped = putEntity(openMessage(wire(signed)), '', entity);
      expect(stripped && readEntity(openMessage(stripped), '')?.equals(entity)).toBe(true);
    }),
  );
});
