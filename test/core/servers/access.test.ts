import { expect, test } from 'vitest';
import { accessOptions, compileAccess } from '../../../core/servers/access.ts';
import { createListeners } from '../../../core/servers/listeners.ts';
import { virtualServerOptions } from '../../../core/servers/options.ts';
import { VirtualServer } from '../../../core/servers/virtual-server.ts';
import type { SmtpOptions } from '../../../core/protocols/smtp/smtp.ts';
import { play } from '../../support/dialogue.ts';
import { smtpOf } from './smtp-of.ts';

test.each([
  [{}, '192.0.2.1', true],
  [{ deny: ['192.0.2.0/24'] }, '192.0.2.1', false],
  [{ deny: ['192.0.2.0/24'] }, '::ffff:192.0.2.1', false],
  [{ deny: ['192.0.2.0/24'] }, '198.51.100.1', true],
  [{ allow: ['2001:db8::/32'] }, '2001:db8:1::5', true],
  [{ allow: ['2001:db8::/32'] }, '192.0.2.1', false],
  [{ allow: ['192.0.2.0/24'], deny: ['192.0.2.7'] }, '192.0.2.7', false],
  [{ allow: ['192.0.2.0/24'], deny: ['192.0.2.7'] }, '192.0.2.8', true],
])('%j for %s: %s', (access, address, isAllowed) => {
  expect(compileAccess(accessOptions.parse(access))(address)).toBe(isAllowed);
});

test('a range that is none is refused when the file is read: it never means nobody', () => {
  expect(accessOptions.safeParse({ deny: ['192.0.2.0/33'] }).error?.issues).toMatchObject([
    { path: ['deny', 0], message: expect.stringContaining('expected an address or a range') },
  ]);
});

test('who may not connect is told 554 instead of the greeting (RFC 5321 §3.1)', async () => {
  const options = virtualServerOptions.parse({
    id: 'mx',
    protocol: 'smtp',
    listen: ['127.0.0.1:0'],
    access: { deny: ['127.0.0.0/8'] },
  });
  if (options.protocol !== 'smtp') throw new Error('not SMTP');
  const house = smtpOf();
  const parts = { id: 'mx', listeners: createListeners(house.log), log: house.log };
  await using server = new VirtualServer<SmtpOptions>(
    { ...parts, createProtocol: house.createProtocol('mx') },
    { ...options, options: { ...options, hostname: 'mail.example.test' } },
  );
  await server.start();
  await play('S: 554 5.7.1 No access from your address\n-- closed', server.addresses[0]?.port ?? 0);
});
