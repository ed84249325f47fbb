import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openMessage, type MessageEdit } from '../../../../core/message/message.ts';
import { readEntity } from '../../../../core/message/entity.ts';
import { verifyPart } from '../../../../core/smime/entity.ts';
import type { Keystore } from '../../../../core/smime/keystore.ts';
import { defaultPolicy, openProtected } from '../../../../core/smime/policy.ts';
import * as kit from './kit.ts';

const ann = kit.somebody('ann@example.test');
let keystore: Keystore;
beforeAll(async () => {
  keystore = await kit.keystoreOf([ann]);
});
afterAll(() => keystore[Symbol.asyncDispose]());

const header = kit.headerOf(ann.address);
const verdictsOf = async (octets: Buffer, path = ''): Promise<readonly string[]> => {
  const message = openMessage(octets);
  const part = path === '' ? message.root : message.root.parts[Number(path) - 1];
  const found = part && (await verifyPart(octets, part));
  return found?.kind === 'signed' ? found.signers.map(({ verdict }) => verdict.kind) : [found?.kind ?? 'none'];
};
const fieldsOf = (octets: Buffer) => openMessage(octets).data('none').fields;
const contentFields = /^(?:content-|mime-version|x-sluice|authentication-results)/i;

describe('by default', () => {
  test.each([
    ['clear', kit.clear],
    ['opaque', kit.opaque],
  ])('a %s-signed message is skipped, and the record says who had signed (R31)', async (_, sign) => {
    const octets = kit.messageOf(header, await sign(kit.text(), [ann]));
    const result = await kit.edit(octets, {});
    expect(result).toMatchObject({
      kind: 'skip',
      record: { action: 'skip', fallbacks: [], signers: [{ verdict: 'valid', addresses: [ann.address], reason: '' }] },
    });
    expect(JSON.stringify('record' in result ? result.record : '')).not.toContain('\n');
  });

  test('what is not protected is plain', async () => {
    expect(await kit.edit(kit.messageOf(header, kit.text()), {})).toEqual({ kind: 'plain' });
  });

  test('fields no signature covers are plain, whatever the policy', async () => {
    const octets = kit.messageOf(header, await kit.clear(kit.text(), [ann]));
    for (const edits of [
      [{ kind: 'prepend-field', name: 'X-Spam', value: 'no' }],
      [{ kind: 'set-field', name: 'Subject', value: '[list] Hello' }],
      [{ kind: 'remove-fields', name: 'Received' }],
    ] satisfies MessageEdit[][])
      expect(await kit.edit(octets, {}, null, edits)).toEqual({ kind: 'plain' });
    expect(
      await kit.edit(octets, {}, null, [{ kind: 'set-field', name: 'Content-Language', value: 'de' }]),
    ).toMatchObject({
      kind: 'skip',
    });
  });

  test('a footer beside a nested signed part is plain: it changes no octet of that part', async () => {
    const signed = await kit.clear(kit.text(), [ann]);
    const mixed = (footer: string): Buffer =>
      Buffer.concat([
        Buffer.from(`${header}Content-Type: multipart/mixed; boundary=list\r\n\r\n--list\r\n`),
        signed,
        Buffer.from(`\r\n--list\r\n${footer}\r\n--list--\r\n`),
      ]);
    const footer = 'Content-Type: text/plain\r\n\r\nlist footer';
    expect(await kit.edit(mixed(footer), {})).toEqual({ kind: 'plain' });
    const image = 'Content-Type: image/png\r\n\r\nx';
    expect(await kit.edit(mixed(image), {})).toMatchObject({ kind: 'skip' });
    const drop: MessageEdit = { kind: 'remove-part', path: '1', notice: null };
    expect(await kit.edit(mixed(footer), {}, null, [drop])).toMatchObject({ kind: 'skip' });
  });
});

describe('strip', () => {
  test.each([
    ['clear', kit.clear, kit.text()],
    ['opaque', kit.opaque, kit.text()],
    ['clear', kit.clear, kit.alternative],
    ['opaque', kit.opaque, kit.alternative],
  ])('of a %s signature yields exactly what was signed, the edit and a notice (R32, R33)', async (_, sign, entity) => {
    const octets = kit.messageOf(header, await sign(entity, [ann]));
    const result = await kit.edit(octets, { signed: ['strip'] });
    const out = kit.octetsOf(result);
    const said = out.toString('latin1');
    expect(said).not.toMatch(/smime\.p7|pkcs7|multipart\/signed/);
    expect(said).toContain('DISCLAIMER');
    expect(said).toMatch(/was\s+signed\s+by\s+ann@example\.test/);
    expect(fieldsOf(out).filter(([name]) => !contentFields.test(name))).toEqual(
      fieldsOf(octets).filter(([name]) => !contentFields.test(name)),
    );
    expect(openMessage(out).data('none').fields).toContainEqual([
      'Authentication-Results',
      expect.stringContaining('mx.example.test; smime=pass body.smime-identifier="ann@example.test"'),
    ]);
    expect(said).toMatch(/X-Sluice-Protection: removed; signer="ann@example.test"; result=valid/);
  });

  test('without its own notice and edit the octets are those that were signed (R32)', async () => {
    const entity = kit.text('one line\r\n');
    for (const sign of [kit.clear, kit.opaque]) {
      const out = kit.octetsOf(await kit.edit(kit.messageOf(header, await sign(entity, [ann])), { signed: ['strip'] }));
      const inside = readEntity(openMessage(out), '') ?? Buffer.alloc(0);
      expect(inside.subarray(0, entity.length)).toEqual(entity);
    }
  });

  test('works in place for a nested signature', async () => {
    const signed = await kit.clear(kit.text(), [ann]);
    const octets = Buffer.concat([
      Buffer.from(`${header}Content-Type: multipart/mixed; boundary=out\r\n\r\npreamble\r\n--out\r\n`),
      signed,
      Buffer.from('\r\n--out\r\nContent-Type: application/pdf\r\n\r\npdf\r\n--out--\r\nepilogue'),
    ]);
    const out = kit.octetsOf(await kit.edit(octets, { signed: ['strip'] })).toString('latin1');
    expect(out).toContain('preamble\r\n--out\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello Bob,');
    expect(out).toContain('\r\n--out\r\nContent-Type: application/pdf\r\n\r\npdf\r\n--out--\r\nepilogue');
    expect(out).not.toContain('X-Sluice-Inside');
    expect(out).toContain('DISCLAIMER');
  });

  test('says so when the signature was not valid', async () => {
    const signed = (await kit.clear(kit.text(), [ann])).toString('latin1').replace('this is signed', 'this is forged');
    const result = await kit.edit(kit.messageOf(header, Buffer.from(signed, 'latin1')), { signed: ['strip'] });
    expect(kit.octetsOf(result).toString()).toMatch(/signature\s+was\s+not\s+valid/);
    expect(result).toMatchObject({ record: { signers: [{ verdict: 'invalid' }] } });
    expect(kit.octetsOf(result).toString()).toContain('smime=fail');
  });

  test('takes off one signature after the other, to what can be edited', async () => {
    const twice = await kit.opaque(await kit.clear(kit.text(), [ann]), [ann]);
    const result = await kit.edit(kit.messageOf(header, twice), { signed: ['strip'] });
    expect(kit.octetsOf(result).toString()).not.toMatch(/pkcs7/);
    expect(result).toMatchObject({ record: { signers: [{ verdict: 'valid' }, { verdict: 'valid' }] } });
  });

  test('names parts as they are without the signature', async () => {
    const octets = kit.messageOf(header, await kit.clear(kit.alternative, [ann]));
    const part = {
      type: 'text/plain',
      content: { kind: 'text', text: 'NEW' },
      charset: null,
      disposition: 'inline',
      filename: null,
    } as const;
    const edits: MessageEdit[] = [{ kind: 'replace-part', path: '1.1', part }];
    const out = kit.octetsOf(await kit.edit(octets, { signed: ['strip'] }, null, edits)).toString();
    expect(out).toMatch(/--alt\r\nContent-Type: text\/plain[\s\S]*NEW/);
    expect(out).toContain('<p>html</p>');
    const onSignature: MessageEdit[] = [{ kind: 'remove-part', path: '2', notice: null }];
    expect(await kit.edit(octets, { signed: ['strip'] }, null, onSignature)).toMatchObject({
      kind: 'skip',
      record: {
        fallbacks: [{ action: 'strip', reason: expect.stringContaining('only there because of the signature') }],
      },
    });
  });
});

describe('explain', () => {
  test.each([
    ['clear', kit.clear],
    ['opaque', kit.opaque],
  ])('keeps a %s signature, which is invalid now, and says why (R33)', async (_, sign) => {
    const octets = kit.messageOf(header, await sign(kit.text(), [ann]));
    const result = await kit.edit(octets, { signed: ['explain'] });
    const out = kit.octetsOf(result);
    expect(await verdictsOf(out)).toEqual(['invalid']);
    const found = await verifyPart(out, openMessage(out).root);
    const inside = found.kind === 'signed' && found.content ? Buffer.from(found.content).toString() : out.toString();
    expect(inside).toContain('DISCLAIMER');
    expect(inside).toMatch(/will\s+show\s+it\s+as\s+invalid/);
    expect(out.toString()).toMatch(/X-Sluice-Protection: broken; signer="ann@example.test"; result=valid/);
  });

  test.each(['en', 'de', 'fr', 'es', 'ja'] as const)('has a wording in %s', async (language) => {
    const octets = kit.messageOf(header, await kit.clear(kit.text(), [ann]));
    const out = kit.octetsOf(await kit.edit(octets, { signed: ['explain'], language }));
    const read = openMessage(out);
    expect(read.root.type).toBe('multipart/signed');
    const [first] = read.root.parts;
    const shown = openMessage(out.subarray(first?.header.from, first?.body.to)).text() ?? '';
    expect(shown).toContain('ann@example.test');
    expect(shown).toContain('2030-06-01 00:00 UTC');
    expect(shown).toMatch({ en: /invalid/, de: /ungültig/, fr: /non valide/, es: /no válida/, ja: /無効/ }[language]);
  });

  test('can be worded otherwise, and takes the language from the message', async () => {
    const signed = await kit.clear(kit.text(), [ann]);
    const wording = { de: '<b>{signer}</b> & {verdict} {other}' };
    const german = kit.messageOf(`${header}Content-Language: de-AT\r\n`, signed);
    const out = kit.octetsOf(await kit.edit(german, { signed: ['explain'], wording })).toString();
    expect(out).toContain('<b>ann@example.test</b> & ');
  });
});

describe('wrap', () => {
  test.each([
    ['clear', kit.clear],
    ['opaque', kit.opaque],
  ])('keeps a %s signature valid inside, and puts the text below (R36)', async (_, sign) => {
    const entity = await sign(kit.text(), [ann]);
    const octets = kit.messageOf(header, entity);
    const result = await kit.edit(octets, { signed: ['wrap'] });
    const out = kit.octetsOf(result);
    expect(await verdictsOf(out, '1')).toEqual(['valid']);
    const { root } = openMessage(out);
    expect(root.parts.map(({ type }) => type)).toEqual([openMessage(octets).root.type, 'multipart/alternative']);
    expect(readEntity(openMessage(out), '1')?.subarray(0, entity.length)).toEqual(entity);
    expect(root.parts[1]?.parts.map(({ type }) => type)).toEqual(['text/plain', 'text/html']);
  });

  test('collects what several sinks add', async () => {
    const octets = kit.messageOf(header, await kit.clear(kit.text(), [ann]));
    const extra: MessageEdit = {
      ...kit.disclaimer,
      kind: 'insert-text',
      position: 'after',
      plain: 'ÄNDERUNG',
      html: '',
    };
    const edits: MessageEdit[] = [
      kit.disclaimer,
      extra,
      { kind: 'append-field', name: 'X-A', value: 'b' },
      { kind: 'wrap', html: '<i>w</i>' },
    ];
    const result = await kit.edit(octets, { signed: ['wrap'] }, null, edits);
    const out = kit.octetsOf(result).toString();
    expect(out).toContain('=C3=84NDERUNG');
    expect(out).toContain('<i>w</i>');
    expect(out).toContain('X-A: b\r\n');
    expect(await verdictsOf(kit.octetsOf(result), '1')).toEqual(['valid']);
  });

  test.each([
    ['CRLF', '\r\n'],
    ['LF', '\n'],
  ])(
    'puts a text wanted before the message above it, and keeps the octets in between (R36, %s)',
    async (_, lineEnd) => {
      const made = kit.messageOf(header, await kit.clear(kit.text(), [ann]));
      const octets = Buffer.from(made.toString('latin1').replaceAll('\r\n', lineEnd), 'latin1');
      const signed = octets.subarray(octets.indexOf('Content-Type: multipart/signed'));
      const [above, below] = (['before', 'after'] as const).map((position): MessageEdit => ({
        kind: 'insert-text',
        position,
        plain: `${position}!`,
        html: `<p>${position}!</p>`,
      }));
      if (!above || !below) throw new Error('no edits');
      for (const edits of [[above], [above, below], [below, above]]) {
        const written = kit.octetsOf(await kit.edit(octets, { signed: ['wrap'] }, null, edits));
        const { root } = openMessage(written);
        expect(root.parts.map(({ type }) => type)).toEqual(
          ['multipart/alternative', 'multipart/signed', 'multipart/alternative'].slice(0, edits.length + 1),
        );
        expect(written.includes(trimEnd(signed))).toBe(true);
        const at = (text: string): number => written.indexOf(text);
        expect(at('before!')).toBeLessThan(at('multipart/signed'));
        expect(at('after!') > at('this is signed')).toBe(edits.length > 1);
        expect(written.includes('\r\n')).toBe(lineEnd === '\r\n');
      }
    },
  );

  test('keeps the parts of what it wraps', async () => {
    const octets = kit.messageOf(header, await kit.clear(kit.text(), [ann]));
    const drop: MessageEdit = { kind: 'remove-part', path: '1', notice: null };
    expect(await kit.edit(octets, { signed: ['wrap'] }, null, [drop])).toMatchObject({ kind: 'skip' });
  });
});

describe('every policy', () => {
  test('reject is for the one who asks', async () => {
    const octets = kit.messageOf(header, await kit.clear(kit.text(), [ann]));
    expect(await kit.edit(octets, { signed: ['resign', 'reject'] })).toMatchObject({
      kind: 'reject',
      record: { action: 'reject', fallbacks: [{ action: 'resign', reason: 'there is no keystore' }] },
    });
  });

  test('leaves a message alone in which nothing was edited after all', async () => {
    const octets = kit.messageOf(header, await kit.clear(kit.text(), [ann]));
    const bad: MessageEdit = { kind: 'insert-text', position: 'after', plain: '', html: '' };
    for (const action of ['strip', 'explain', 'resign'] as const)
      expect(kit.octetsOf(await kit.edit(octets, { signed: [action] }, keystore, [bad]))).toEqual(octets);
  });

  test('lets no later edit into a protected part that was not opened', async () => {
    const signed = (await kit.clear(kit.text(), [ann])).toString('latin1');
    const other = (await kit.opaque(kit.text('Other.'), [ann])).toString('latin1');
    const octets = Buffer.from(
      `${header}Content-Type: multipart/mixed; boundary=two\r\n\r\n--two\r\n${signed}\r\n--two\r\n${other}\r\n--two--\r\n`,
      'latin1',
    );
    const parts = { trust: kit.trust, keystore, now: () => kit.at, hostname: 'mx' };
    const opened = await openProtected(
      openMessage(octets),
      [kit.disclaimer],
      { ...defaultPolicy, signed: ['strip'] },
      parts,
    );
    if (opened.kind !== 'opened') throw new Error(opened.kind);
    expect(opened.message.edit(opened.edits)).toMatchObject([{ kind: 'done' }]);
    const drop: MessageEdit = { kind: 'remove-part', path: '2', notice: null };
    expect(opened.message.edit([drop])).toMatchObject([
      { kind: 'skipped', reason: expect.stringContaining('not opened') },
    ]);
    expect(opened.message.edit([kit.disclaimer])).toMatchObject([{ kind: 'done' }]);
  });

  test('keeps to the size it is given (R73)', async () => {
    const octets = kit.messageOf(header, await kit.clear(kit.text(), [ann]));
    const result = await kit.edit(octets, { signed: ['resign'], limit: octets.length }, keystore);
    expect(result).toMatchObject({ kind: 'problem', sealed: { reason: expect.stringMatching(/are allowed/) } });
  });
});

/** The line end before a delimiter belongs to that. */
function trimEnd(octets: Buffer): Buffer {
  const isLine = octets.at(-1) === 0x0a;
  return isLine ? octets.subarray(0, octets.length - (octets.at(-2) === 0x0d ? 2 : 1)) : octets;
}
