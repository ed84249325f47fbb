import { simpleParser } from 'mailparser';
import { expect, test } from 'vitest';
import { filePart } from '../../../sdk/edits.ts';
import { messageOf, openRig, useRig, type Rig } from './host-side.ts';

const shared = useRig();
const plain = { to: ['bob@example.test'], subject: 'Hello', text: 'A line\nand another' };
const submit = (rig: Rig, message: unknown, grant: unknown = { submit: true }, about: object = {}) =>
  rig.call(grant, 'submit.message', [message], about);

async function octetsOf(rig: Rig, at = 0): Promise<string> {
  const content = rig.submitted[at]?.content;
  if (!content) throw new Error('nothing was submitted');
  return Buffer.from(await rig.house.database.content.read(content)).toString('latin1');
}

test('a message is in the queue when the answer comes, from nobody, marked as made by a machine', async () => {
  await using rig = await openRig();
  const answer = await submit(rig, plain);
  expect(answer).toEqual({ kind: 'queued', traceId: expect.stringMatching(/^sub1-[0-9a-f]{8}-id1$/) });
  const [queued] = await rig.queue.list();
  expect(queued).toMatchObject({ source: 'sink', virtualServer: 'mx', reversePath: '', state: 'accepted' });
  expect(queued?.recipients.map(({ address }) => address)).toEqual(['bob@example.test']);
  expect(await octetsOf(rig)).toBe(
    [
      'Date: Thu, 01 Jan 1970 00:16:40 +0000',
      'Message-ID: <id1@mx.example.test>',
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: 7bit',
      'Content-Disposition: inline',
      'From: postmaster@mx.example.test',
      'To: bob@example.test',
      'Subject: Hello',
      'Auto-Submitted: auto-generated',
      'X-Sluice-Loop: mx/probe/probe',
      '',
      'A line\r\nand another',
    ].join('\r\n'),
  );
});

test('text, html, attachments and any characters come out as others read them', async () => {
  await using rig = await openRig();
  const grant = { submit: { from: ['*@example.test'] } };
  const parts = [filePart('application/pdf', 'AAEC', { disposition: 'attachment', filename: 'Übersicht.pdf' })];
  const message = {
    ...plain,
    subject: 'Grüße 🎉',
    text: 'Zeile\n.\n--sluice-id1--\nüü',
    html: '<p>Grüße</p>',
    from: 'ann@example.test',
    fromName: 'Ann "A" Ö',
    reversePath: 'ann@example.test',
    parts,
    fields: [['Reply-To', 'carol@example.test']],
  };
  expect(await submit(rig, message, grant)).toMatchObject({ kind: 'queued' });
  expect(rig.submitted[0]?.reversePath).toBe('ann@example.test');
  const read = await simpleParser(Buffer.from(await octetsOf(rig), 'latin1'));
  expect(read.subject).toBe('Grüße 🎉');
  expect(read.from?.value).toEqual([{ name: 'Ann A Ö', address: 'ann@example.test' }]);
  expect(read.replyTo?.text).toBe('carol@example.test');
  expect(read.text?.trim()).toBe('Zeile\n.\n--sluice-id1--\nüü');
  expect(String(read.html)).toContain('<p>Grüße</p>');
  expect(read.attachments.map(({ filename, content }) => [filename, [...content]])).toEqual([
    ['Übersicht.pdf', [0, 1, 2]],
  ]);
});

test.each([
  [
    { from: 'ceo@example.test' },
    'ceo@example.test is not granted: add it to grants.submit.from of the binding mx/probe/probe',
  ],
  [{ reversePath: 'ceo@example.test' }, 'ceo@example.test is not granted'],
  [{ to: ['a@x.test', 'b@x.test', 'c@x.test'] }, 'at most 2 recipients: grants.submit.recipients'],
  [{ to: [] }, 'expected at least one recipient'],
  [{ to: ['a@x.test\r\nRCPT TO:<b@x.test>'] }, 'argument 1 (to.0)'],
  [{ to: ['<a@x.test>'] }, 'argument 1 (to.0)'],
  [{ subject: 'a\r\nBcc: b@x.test' }, 'argument 1 (subject)'],
  [{ fromName: 'a\nb' }, 'argument 1 (fromName)'],
  [{ fields: [['X-A', 'a\r\n\r\nb']] }, 'argument 1 (fields.0.1)'],
  [{ fields: [['X-A\r\nB', 'a']] }, 'this message cannot be written: a field name is'],
  [{ fields: [['From', 'a@x.test']] }, 'the field From is not for a sink to say'],
  [{ fields: [['x-sluice-loop', 'a']] }, 'the field x-sluice-loop is not for a sink to say'],
  [{ fields: [['Received', 'a']] }, 'the field Received is not for a sink to say'],
  [{ fields: [['Content-Type', 'text/html']] }, 'the field Content-Type is not for a sink to say'],
  [{ text: undefined }, 'a message needs text or html'],
  [{ raw: 'From: x' }, 'argument 1'],
  [{ parts: [{ ...filePart('text/plain', 'AA=='), type: 'message/rfc822' }] }, 'cannot be written'],
])('%j is refused', async (change, text) => {
  const rig = shared();
  await expect(submit(rig, { ...plain, ...change }, { submit: { recipients: 2 } })).rejects.toThrow(text);
  expect(rig.submitted).toEqual([]);
});

test('the same message for the same event is sent once, whenever it runs again', async () => {
  await using rig = await openRig();
  const first = await submit(rig, plain);
  expect(await submit(rig, plain)).toEqual(first);
  expect(rig.submitted.length).toBe(1);
  await submit(rig, { ...plain, subject: 'Another' });
  await submit(rig, plain, { submit: true }, { traceId: 't2' });
  expect(rig.submitted.length).toBe(3);
});

test('a binding sends so many messages an hour; the count is the database’s, and the sink does not see it', async () => {
  await using rig = await openRig();
  const send = (subject: string) => submit(rig, { ...plain, subject }, { submit: { perHour: 2 }, kv: true });
  expect([await send('1'), await send('2'), await send('3')]).toMatchObject([
    { kind: 'queued' },
    { kind: 'queued' },
    { kind: 'refused', reason: 'rate' },
  ]);
  expect(rig.limits()).toEqual(['submit rate 2/h 1']);
  expect(await rig.call({ kv: true }, 'kv.list', [''])).toEqual([]);
  rig.house.clock.advance(3_600_000);
  expect(await send('4')).toMatchObject({ kind: 'queued' });
});

test('a message that comes of one this binding submitted submits nothing: not itself, not its report, not its bounce', async () => {
  await using rig = await openRig();
  const answer = await submit(rig, plain);
  const octets = await octetsOf(rig);
  const message = messageOf(octets);
  const loop = { kind: 'refused', reason: 'loop' };
  expect(await submit(rig, plain, { submit: true }, { message, traceId: 't2' })).toEqual(loop);
  expect(
    await submit(rig, plain, { submit: true }, { message: messageOf(octets.replaceAll('\r\n', '\n')), traceId: 't2' }),
  ).toEqual(loop);
  const report = messageOf(`Content-Type: multipart/report;\r\n boundary=b\r\n\r\n--b\r\n\r\n${octets}\r\n--b--\r\n`);
  expect(await submit(rig, plain, { submit: true }, { message: report, traceId: 't3' })).toEqual(loop);
  const { traceId } = JSON.parse(JSON.stringify(answer));
  expect(await submit(rig, plain, { submit: true }, { event: 'onBounced', traceId })).toEqual(loop);
  expect(rig.submitted.length).toBe(1);
});

const marked = (...keys: readonly string[]) =>
  messageOf(`${keys.map((key) => `X-Sluice-Loop: ${key}\r\n`).join('')}\r\n`);

test('marks go from message to message, and the fourth in a row is refused', async () => {
  await using rig = await openRig();
  await submit(rig, plain, { submit: true }, { message: marked('mx/a/a', 'mx/b/b') });
  expect((await octetsOf(rig)).match(/^X-Sluice-Loop: .*$/gm)).toEqual([
    'X-Sluice-Loop: mx/a/a',
    'X-Sluice-Loop: mx/b/b',
    'X-Sluice-Loop: mx/probe/probe',
  ]);
  expect(rig.submitted[0]?.traceId).toMatch(/^sub3-/);
  expect(await submit(rig, plain, { submit: true }, { message: marked('mx/a/a', 'mx/b/b', 'mx/c/c') })).toEqual({
    kind: 'refused',
    reason: 'depth',
  });
  const hops = messageOf(`${'Received: from a by b\r\n'.repeat(101)}\r\n`);
  expect(await submit(rig, plain, { submit: true }, { message: hops })).toEqual({ kind: 'refused', reason: 'loop' });
});

test('From is the first address of the grant when the sink names none', async () => {
  await using rig = await openRig();
  await submit(rig, plain, { submit: { from: ['*@example.test', 'robot@example.test'] } });
  expect(await octetsOf(rig)).toContain('\r\nFrom: robot@example.test\r\n');
  expect(rig.submitted[0]?.reversePath).toBe('');
});

test.each([
  ['text', { text: 'See below.' }],
  ['both forms', { text: 'See below.', html: '<p>See below.</p>' }],
])('the message of the event goes along octet for octet, beside %s', async (_, body) => {
  await using rig = await openRig();
  const original = 'From: a@b.test\r\nSubject: caf\u00e9\r\n\r\n--odd\r\n.\r\nbody  \r\n';
  const message = messageOf(Buffer.from(original, 'latin1'));
  const wanted = { to: ['bob@example.test'], subject: 'x', ...body, attach: 'message' };
  await submit(rig, wanted, { submit: true, message: true }, { message });
  const octets = await octetsOf(rig);
  const parsed = await simpleParser(octets);
  expect(parsed.text).toContain('See below.');
  expect(parsed.attachments.map(({ contentType }) => contentType)).toEqual(['message/rfc822']);
  expect(octets).toMatch(/Content-Type: message\/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n/);
  expect(octets).toContain('\r\n\r\n--odd\r\n.\r\nbody  \r\n\r\n--sluice-with-');
});

test('sending the message along needs it in the grants; what answers another message says so (RFC 3834 §5.2)', async () => {
  await using rig = await openRig();
  const message = messageOf('From: a@b.test\r\n\r\nx\r\n');
  await expect(submit(rig, { ...plain, attach: 'message' }, { submit: true }, { message })).rejects.toThrow(
    'add message to the grants',
  );
  await submit(rig, { ...plain, fields: [['In-Reply-To', '<1@b.test>']] });
  expect(await octetsOf(rig)).toContain('\r\nAuto-Submitted: auto-replied\r\n');
});
