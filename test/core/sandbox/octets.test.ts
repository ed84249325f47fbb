import { expect, test } from 'vitest';
import { bundleOf, megabytes, useSandbox, rcpt, sinkWith } from './sinks-in-text.ts';

const memory = 32 * megabytes;
const sandbox = useSandbox();
const everyOctet = Uint8Array.from({ length: 256 }, (_, at) => at);
const codes = '[...text].map((character) => character.charCodeAt(0))';

test('a sink reads octets by range, one character an octet', async () => {
  const bundle = await bundleOf(sinkWith(`const text = await message.octets(250, 300); return ${codes};`));
  await sandbox.open({ id: 'a', bundle, settings: {}, limits: { memory } });

  const octets = { id: 'm', octets: everyOctet };
  expect(await sandbox.call(rcpt('a', 'x', { octets }))).toEqual([250, 251, 252, 253, 254, 255]);
});

test('ten sinks read one message; what one does to its text no other sees, and the host forgets it afterwards', async () => {
  const body = `const text: any = await message.octets(0, 5);
    try { text[0] = 'X'; } catch {}
    String.prototype.slice = () => 'broken';
    return text + (await message.octets(5, 11));`;
  const bundle = await bundleOf(sinkWith(body));
  const ids = Array.from({ length: 10 }, (_, at) => `t${at}`);
  for (const id of ids) await sandbox.open({ id, bundle, settings: {}, limits: { memory } });

  const octets = { id: 'm', octets: Buffer.from('hello world') };
  const answers = await Promise.all(ids.map((id) => sandbox.call(rcpt(id, 'x', { octets }))));
  expect(new Set(answers)).toEqual(new Set(['hello world']));
  expect(sandbox.status().hosts.filter(({ messages }) => messages > 0)).toEqual([]);
});

test('a message larger than what is shared is read range by range, 1 MiB at most', async () => {
  const body = `const size = 6 * 2 ** 20;
    const end = await message.octets(size - 3, size + 10);
    const refused = await message.octets(0, 2 ** 20 + 1).catch((error: Error) => error.message);
    return [end, (await message.octets(0, 2 ** 20)).length, refused];`;
  await sandbox.open({
    id: 'a',
    bundle: await bundleOf(sinkWith(body)),
    settings: {},
    limits: { memory: 8 * megabytes },
  });

  const octets = Buffer.alloc(6 * megabytes, 'a');
  octets.write('end', octets.length - 3);
  expect(await sandbox.call(rcpt('a', 'x', { octets: { id: 'm', octets }, cpu: 1000 }))).toEqual([
    'end',
    megabytes,
    'message.octets: at most 1 MiB a call',
  ]);
});

test('reading octets of an event without a message, and ranges that are none, are refused by name', async () => {
  const body =
    'return await message.octets(...(recipient === "x" ? [0, 1] : [5, 2.5]) as [number, number]).catch((e: Error) => e.message);';
  await sandbox.open({ id: 'a', bundle: await bundleOf(sinkWith(body)), settings: {}, limits: { memory } });

  expect(await sandbox.call(rcpt('a', 'x'))).toBe('message.octets: this event has no message to read');
  expect(await sandbox.call(rcpt('a', 'y', { octets: { id: 'm', octets: everyOctet } }))).toBe(
    'message.octets: from and to must be whole numbers, 0 <= from <= to',
  );
});
