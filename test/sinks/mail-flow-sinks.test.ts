import { describe, expect, test } from 'vitest';
import { createWorld, fire, problemsOf } from '../../sdk/testing/testing.ts';
import type { Authentication } from '../../sdk/capabilities/mailauth.ts';
import archive from '../../sinks/archive/sink.ts';
import clamav from '../../sinks/clamav/sink.ts';
import dkimSign from '../../sinks/dkim-sign/sink.ts';
import dnsbl from '../../sinks/dnsbl/sink.ts';
import externalBanner from '../../sinks/external-banner/sink.ts';
import rspamd from '../../sinks/rspamd/sink.ts';
import sentCopy from '../../sinks/sent-copy/sink.ts';
import spfDkimDmarc from '../../sinks/spf-dkim-dmarc/sink.ts';
import vacation from '../../sinks/vacation/sink.ts';

const day = 86_400_000;

const verified: Authentication = {
  kind: 'verified',
  spf: { result: 'none', domain: null },
  dkim: [],
  dmarc: { result: 'none', policy: null, domain: null },
  arc: { result: 'none', sealedBy: null },
  field: 'mx.test; dkim=none',
  authservId: 'mx.test',
};

const decideAbout = async (
  found: Partial<Authentication> | { kind: 'failed'; reason: string },
  settings: object = {},
) => {
  const host = { 'mailauth.verify': () => ({ ...verified, ...found }) };
  return (await fire(spfDkimDmarc, 'onEndOfData', {}, { settings, host })).decision?.kind;
};

const failed = (policy: 'reject' | 'quarantine' | 'none') => ({ result: 'fail', policy, domain: 'a.test' }) as const;

describe('spf-dkim-dmarc', () => {
  const sealed = { result: 'pass', sealedBy: 'list.test' } as const;
  const spfFail = { result: 'fail', domain: 'a.test' } as const;
  const late = { result: 'temperror', domain: 'a.test' } as const;

  test.each([
    [{}, {}, 'next'],
    [{ dmarc: failed('reject') }, {}, 'reject'],
    [{ dmarc: failed('reject') }, { onReject: 'quarantine' }, 'quarantine'],
    [{ dmarc: failed('reject'), arc: sealed }, { trustedSealers: ['List.test'] }, 'next'],
    [{ dmarc: failed('reject'), arc: sealed }, {}, 'reject'],
    [{ dmarc: failed('quarantine') }, {}, 'quarantine'],
    [{ dmarc: failed('none'), spf: spfFail }, { onSpfFail: 'reject' }, 'next'],
    [{ spf: spfFail }, { onSpfFail: 'reject' }, 'reject'],
    [{ spf: spfFail }, {}, 'next'],
    [{ spf: late }, { onTempError: 'defer' }, 'defer'],
    [{ kind: 'failed', reason: 'timeout' }, { onTempError: 'defer' }, 'defer'],
    [{ kind: 'failed', reason: 'timeout' }, {}, 'next'],
  ] as const)('%j with %j: %s', async (found, settings, kind) => {
    expect(await decideAbout(found, settings)).toBe(kind);
  });

  test('fields that speak in our name are taken away, those of others stay', async () => {
    const host = { 'mailauth.verify': () => verified };
    const kindsFor = async (field: string) => {
      const message = { fields: { 'Authentication-Results': field } };
      const { edits } = await fire(spfDkimDmarc, 'onEndOfData', { message }, { host });
      return edits.map(({ kind }) => kind).filter((kind) => kind !== 'set-tag');
    };
    expect(await kindsFor('MX.test; dkim=pass')).toEqual(['remove-fields', 'prepend-field']);
    expect(await kindsFor('else.test; dkim=pass')).toEqual(['prepend-field']);
  });

  test('who authenticated is not looked at', async () => {
    const context = { session: { identity: 'alice' } };
    expect((await fire(spfDkimDmarc, 'onEndOfData', {}, { context })).calls).toEqual([]);
  });
});

describe('dkim-sign', () => {
  const settings = { domains: ['example.test', 'sub.example.test'], seal: 'example.test' };
  const fields = [['DKIM-Signature', 'v=1']] as const;
  const called = async (from: string, session: object, more: Readonly<Record<string, string>> = {}) => {
    const asked: string[] = [];
    const said = (what: string) => {
      asked.push(what);
      return { kind: 'signed', fields };
    };
    const host = {
      'mailauth.sign': (domain: string) => said(`sign ${domain}`),
      'mailauth.seal': (...all: string[]) => said(`seal ${all.join(' ')}`),
    };
    const message = { from, fields: more };
    await fire(dkimSign, 'onBeforeData', { message }, { settings, host, context: { session } });
    return asked;
  };
  const results = { 'Authentication-Results': 'mx.test; dkim=pass' };

  test.each([
    ['Ann <ann@example.test>', 'alice', ['sign example.test']],
    ['ann@x.sub.example.test', 'alice', ['sign sub.example.test']],
    ['"ann@example.test" <ann@else.test>', 'alice', []],
    ['ann@notexample.test', 'alice', []],
    ['ann@example.test, ben@else.test', 'alice', []],
    // Whoever may relay may not write in our name.
    ['ann@example.test', null, []],
  ])('From: %s of %s', async (from, identity, wanted) => {
    expect(await called(from, { identity })).toEqual(wanted);
  });

  test('mail of others is sealed with what was found when it came, and only then', async () => {
    const tags = { arc: 'none', 'authserv-id': 'mx.test' };
    expect(await called('ann@else.test', { tags }, results)).toEqual(['seal example.test mx.test; dkim=pass none']);
    expect(await called('ann@else.test', { tags: { ...tags, arc: 'fail' } }, results)).toEqual([]);
    expect(await called('ann@else.test', { tags: {} }, results)).toEqual([]);
  });

  test.each([
    [{ kind: 'failed', reason: 'busy' }, 'defer'],
    [{ kind: 'refused', reason: 'no From' }, 'next'],
  ])('%j: %s', async (said, kind) => {
    const host = { 'mailauth.sign': () => said };
    const context = { session: { identity: 'alice' } };
    const fired = await fire(
      dkimSign,
      'onBeforeData',
      { message: { from: 'a@example.test' } },
      { settings, host, context },
    );
    expect(fired.decision?.kind).toBe(kind);
  });
});

describe('external-banner', () => {
  const settings = { internal: ['example.test'], text: 'From outside.', subjectTag: '[EXT]' };
  const editsOf = async (message: object, session: object = {}) => {
    const host = {};
    const fired = await fire(externalBanner, 'onArrival', { message }, { settings, host, context: { session } });
    return fired.edits.map(({ kind }) => kind);
  };

  test('mail from outside gets banner and tag, once', async () => {
    expect(await editsOf({ from: 'x@else.test', text: 'Hi' })).toEqual(['set-field', 'insert-text']);
    expect(await editsOf({ from: 'x@else.test', subject: 'Re: [EXT] a', text: 'From outside.\n\nHi' })).toEqual([]);
    const quoted = { from: 'x@else.test', subject: '[EXT] a', text: 'Yes!\n> From outside.\n> Hi' };
    expect(await editsOf(quoted)).toEqual(['insert-text']);
  });

  test('From of ours counts where DMARC says that it is true, or the client authenticated', async () => {
    const message = { from: 'ann@sub.example.test', text: 'Hi' };
    expect(await editsOf(message)).toEqual(['set-field', 'insert-text']);
    expect(await editsOf(message, { tags: { dmarc: 'pass' } })).toEqual([]);
    expect(await editsOf(message, { identity: 'alice' })).toEqual([]);
  });
});

describe('archive', () => {
  test('a copy goes to the archive, once', async () => {
    const settings = { to: 'archive@example.test' };
    const editsFor = async (...recipients: readonly string[]) =>
      (await fire(archive, 'onArrival', { envelope: { reversePath: '', recipients } }, { settings })).edits;
    expect(await editsFor('bob@example.test')).toEqual([{ kind: 'add-recipient', address: 'archive@example.test' }]);
    expect(await editsFor('bob@example.test', 'Archive@example.test')).toEqual([]);
  });

  test.each([
    ['rate', 'defer'],
    ['loop', 'next'],
  ])('a journal report that is refused for %s: %s', async (reason, kind) => {
    const settings = { to: 'archive@example.test', form: 'journal' };
    const host = { 'submit.message': () => ({ kind: 'refused', reason }) };
    const payload = { envelope: { reversePath: 'a@b.test', recipients: ['bob@example.test'] } };
    expect((await fire(archive, 'onArrival', payload, { settings, host })).decision?.kind).toBe(kind);
  });
});

const askRspamd = async (action: string, settings: object = {}, more: object = {}) => {
  const body = JSON.stringify({ action, score: 7, required_score: 15, ...more });
  const host = { 'http.post': () => ({ kind: 'response', status: 200, headers: {}, body }) };
  return await fire(rspamd, 'onEndOfData', { message: { fields: { 'X-Spam': 'Yes' } } }, { settings, host });
};

describe('rspamd', () => {
  test.each([
    ['no action', {}, 'next'],
    ['add header', {}, 'next'],
    ['greylist', {}, 'defer'],
    ['soft reject', {}, 'defer'],
    ['reject', {}, 'reject'],
    ['reject', { onReject: 'quarantine' }, 'quarantine'],
    ['reject', { onReject: 'mark' }, 'next'],
  ])('%s with %j: %s', async (action, settings, kind) => {
    expect((await askRspamd(action, settings)).decision?.kind).toBe(kind);
  });

  test('marks of others go, its own come, the subject is what it says', async () => {
    expect((await askRspamd('no action')).edits.map(({ kind }) => kind)).toEqual(['set-field', 'remove-fields']);
    expect((await askRspamd('rewrite subject', {}, { subject: '[SPAM] x' })).edits).toContainEqual({
      kind: 'set-field',
      name: 'Subject',
      value: '[SPAM] x',
    });
  });

  test.each([
    [{ kind: 'failed', reason: 'timeout' }],
    [{ kind: 'response', status: 500, headers: {}, body: '' }],
    [{ kind: 'response', status: 200, headers: {}, body: '<html>' }],
  ])('%j: mail waits, or passes when the settings say so', async (answer) => {
    const host = { 'http.post': () => answer };
    expect((await fire(rspamd, 'onEndOfData', {}, { host })).decision?.kind).toBe('defer');
    const settings = { unreachable: 'pass' };
    expect((await fire(rspamd, 'onEndOfData', {}, { host, settings })).decision?.kind).toBe('next');
  });
});

test.each([
  [{ kind: 'clean' }, {}, 'next'],
  [{ kind: 'infected', name: 'X' }, {}, 'reject'],
  [{ kind: 'infected', name: 'X' }, { infected: 'quarantine' }, 'quarantine'],
  [{ kind: 'infected', name: 'X' }, { infected: 'discard' }, 'discard'],
  [{ kind: 'failed', reason: 'unreachable' }, {}, 'defer'],
  [{ kind: 'failed', reason: 'unreachable' }, { unscanned: 'quarantine' }, 'quarantine'],
  [{ kind: 'failed', reason: 'too-large' }, {}, 'next'],
  [{ kind: 'failed', reason: 'too-large' }, { tooLarge: 'reject' }, 'reject'],
])('clamav: %j with %j: %s', async (answer, settings, kind) => {
  const host = { 'scan.message': () => answer };
  expect((await fire(clamav, 'onEndOfData', {}, { settings, host })).decision?.kind).toBe(kind);
});

const askLists = async (address: string, lists: readonly object[], records: readonly string[] = ['127.0.0.2']) => {
  const names: string[] = [];
  const host = {
    'dns.resolve': (name: string) => {
      names.push(name);
      return { kind: 'found', records };
    },
  };
  const context = { session: { remote: { address, port: 1 } } };
  const { decision } = await fire(dnsbl, 'onMail', {}, { settings: { lists }, host, context });
  return { kind: decision?.kind, names };
};

describe('dnsbl', () => {
  test.each([
    ['192.0.2.7', '7.2.0.192.bl.test'],
    ['::ffff:192.0.2.7', '7.2.0.192.bl.test'],
    ['2001:db8::1', '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bl.test'],
  ])('asks about %s as %s (RFC 5782 §2)', async (address, name) => {
    expect((await askLists(address, [{ zone: 'bl.test' }])).names).toEqual([name]);
  });

  test.each([
    [[{ zone: 'bl.test' }], ['127.0.0.2'], 'reject'],
    [[{ zone: 'bl.test' }], ['127.255.255.254'], 'next'],
    [[{ zone: 'bl.test' }], ['192.0.2.1'], 'next'],
    [[{ zone: 'bl.test', answers: ['127.0.0.4'] }], ['127.0.0.2'], 'next'],
    [[{ zone: 'bl.test' }, { zone: 'wl.test', weight: -1 }], ['127.0.0.2'], 'next'],
  ])('%j answering %j: %s', async (lists, records, kind) => {
    expect((await askLists('192.0.2.7', lists, records)).kind).toBe(kind);
  });

  test('who authenticated is not asked about', async () => {
    const context = { session: { identity: 'alice' } };
    const fired = await fire(dnsbl, 'onMail', {}, { settings: { lists: [{ zone: 'bl.test' }] }, context });
    expect(fired.calls).toEqual([]);
  });
});

describe('vacation (RFC 3834)', () => {
  const settings = { users: { 'carol@example.test': { text: 'Away.', aliases: ['cc@example.test'] } } };
  const to = 'carol@example.test';
  const answers = async (
    said: {
      readonly reversePath?: string;
      readonly fields?: Readonly<Record<string, string>>;
      readonly to?: string;
    },
    world = createWorld(),
    its: object = settings,
  ) => {
    const message = { to: said.to ?? to, fields: said.fields ?? {} };
    const envelope = { reversePath: said.reversePath ?? 'ann@asks.test', recipients: ['Carol+x@example.test'] };
    const before = world.submitted.length;
    await fire(vacation, 'onCategorized', { message, envelope }, { settings: its, world });
    return world.submitted.length - before;
  };

  test.each([
    ['a person', {}, 1],
    ['an alias in Cc (§2)', { to: 'x@y.test', fields: { Cc: 'CC@example.test' } }, 1],
    ['the null reverse-path (§2)', { reversePath: '' }, 0],
    ['an owner of a list', { reversePath: 'owner-x@l.test' }, 0],
    ['a bounce address', { reversePath: 'x-bounces@l.test' }, 0],
    ['MAILER-DAEMON', { reversePath: 'MAILER-DAEMON@a.test' }, 0],
    ['no-reply', { reversePath: 'no-reply@a.test' }, 0],
    ['the person herself', { reversePath: 'cc@example.test' }, 0],
    ['an automatic answer (§5)', { fields: { 'Auto-Submitted': 'auto-replied (x)' } }, 0],
    ['Auto-Submitted: no', { fields: { 'Auto-Submitted': 'no' } }, 1],
    ['a list', { fields: { 'List-Id': '<l>' } }, 0],
    ['bulk', { fields: { Precedence: 'Bulk' } }, 0],
    ['X-Auto-Response-Suppress', { fields: { 'X-Auto-Response-Suppress': 'DR, OOF, AutoReply' } }, 0],
    ['spam', { fields: { 'X-Spam': 'Yes' } }, 0],
    ['somebody who did not name her (§2)', { to: 'list@else.test' }, 0],
  ] as const)('%s', async (_, said, count) => {
    expect(await answers(said)).toBe(count);
  });

  test('one answer a sender a period, and each sender one', async () => {
    const world = createWorld();
    expect(await answers({}, world)).toBe(1);
    expect(await answers({}, world)).toBe(0);
    expect(await answers({ reversePath: 'ben@asks.test' }, world)).toBe(1);
    world.advance(8 * day);
    expect(await answers({}, world)).toBe(1);
  });

  test.each([
    [{ from: '2026-11-24' }, 0],
    [{ until: '2026-11-22' }, 0],
    [{ from: '2026-11-23', until: '2026-11-23' }, 1],
  ])('only while away: %j', async (when, count) => {
    const its = { users: { 'carol@example.test': { text: 'Away.', ...when } } };
    expect(await answers({}, createWorld(), its)).toBe(count);
  });
});

describe('sent-copy', () => {
  const host = {
    'directory.lookup': (address: string) =>
      address.endsWith('@example.test') ? { kind: 'user', address, attributes: {} } : { kind: 'remote' },
  };

  test('the copy of a user who authenticated goes to Sent; who writes the address himself does not get there', async () => {
    const world = createWorld(host);
    const context = { session: { identity: 'alice@example.test' }, traceId: 't1' };
    const { edits } = await fire(sentCopy, 'onArrival', {}, { world, context });
    expect(edits).toEqual([{ kind: 'add-recipient', address: 'alice+sent-copy@example.test' }]);
    const recipient = 'alice+sent-copy@example.test';
    const filed = await fire(sentCopy, 'onDeliver', { recipient }, { world, context });
    expect(filed.edits).toEqual([{ kind: 'set-mailbox', mailbox: 'alice@example.test/Sent' }]);
    const stranger = await fire(
      sentCopy,
      'onDeliver',
      { recipient },
      { world, context: { ...context, traceId: 't2' } },
    );
    expect(stranger.edits).toEqual([]);
  });

  test('nobody else has a copy', async () => {
    const world = createWorld(host);
    for (const identity of [null, 'x@else.test'])
      expect((await fire(sentCopy, 'onArrival', {}, { world, context: { session: { identity } } })).edits).toEqual([]);
  });
});

test.each([
  [dkimSign, { domains: [] }],
  [dkimSign, { domains: ['Example.test'] }],
  [spfDkimDmarc, { onReject: 'delete' }],
  [externalBanner, {}],
  [archive, { to: 'nobody' }],
  [rspamd, { url: 'ftp://x' }],
  [clamav, { infected: 'keep' }],
  [dnsbl, { lists: [] }],
  [vacation, { users: { 'a@b.test': { text: 'x', from: 'soon' } } }],
  [sentCopy, { mailbox: '../x' }],
])('settings that are none are refused: $manifest.name %j', async (sink, settings) => {
  expect(await problemsOf(sink, settings)).toHaveLength(1);
});
