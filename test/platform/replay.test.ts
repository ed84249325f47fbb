import { writeFile } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { runCli } from '../../core/cli/cli.ts';
import { askSluice } from '../support/admin.ts';
import { openSmtp } from '../support/smtp-client.ts';
import { serveSinks } from './sandbox-server.ts';

const source = (most: number, word: string): string => `
import { defer, defineSink, next, prependField, reject } from '@sluice/sdk';
export default defineSink({
  name: 'gate', version: '1.${most}.0', description: 'A probe.', role: 'decides', needs: ['kv', 'clock', 'message', 'http'],
  async onRcpt({ recipient }, { kv, clock, log }) {
    log.info('asked', { at: await clock.now() });
    return (await kv.increment('seen')) > ${most} ? defer('Enough') : next();
  },
  async onArrival({ message }, has) {
    const text = await has.message.text();
    if (${JSON.stringify(word)} === 'http') await has.http.get('https://users.example/');
    return text?.includes('${word}') ? reject('Not this word') : next(prependField('X-Seen', message.field('Subject') ?? ''));
  },
});
`;
const bindings = [{ sink: 'gate', grants: { kv: true, message: true, http: { hosts: ['users.example'] } } }];
const mail = Buffer.from('From: ann@far.example\r\nSubject: Hi\r\n\r\nbuy pills\r\n');

async function serve(record: object | null) {
  const server = await serveSinks(
    { gate: source(9, 'nothing') },
    { bindings, more: record ? { telemetry: { record } } : {} },
  );
  await using client = await openSmtp(server.sluice.smtp);
  await client.send('ann@far.example', ['bob@example.test'], mail);
  await client.send('eve@far.example', ['alice@example.test'], mail);
  await client.quit();
  const sluice = async (...args: readonly string[]) => {
    let text = '';
    const say = (said: string | Uint8Array): void => void (text += said.toString());
    const terminal = { out: say, err: say, isTty: false, columns: 100 };
    const parts = { version: '0', run: async () => 1, inspect: async () => [], terminal };
    const status = await runCli([...args, '--config', server.sluice.config], parts);
    return { status, text };
  };
  /** Both messages have been through onArrival. */
  const arrived = () =>
    vi.waitFor(
      async () => {
        const { events } = await askSluice(server.sluice.data, 'recorded', { sink: 'gate', last: 100 });
        if (events.length !== 4) throw new Error(`${events.length} events:\n${server.sluice.output()}`);
      },
      { timeout: 20_000, interval: 100 },
    );
  return { save: server.save, sluice, arrived };
}

test('sink replay lists what a new version decides otherwise; trace purge forgets', { timeout: 120_000 }, async () => {
  const { sluice, save, arrived } = await serve({ bodies: true });
  await arrived();
  expect(await sluice('sink', 'replay', 'gate')).toMatchObject({
    status: 0,
    text: expect.stringMatching(/^4 events replayed against gate 1\.9\.0 \([0-9a-f]{7}\): all as before\n/),
  });

  await save('gate', source(1, 'pills'));
  const changed = await sluice('sink', 'replay', 'gate');
  expect(changed.status).toBe(1);
  expect(changed.text).toMatch(/^4 events replayed against gate 1\.1\.0 \([0-9a-f]{7}\): 3 otherwise\n/);
  expect(changed.text).toMatch(
    /onRcpt mx\/gate\/gate {2}trace \w+, then [0-9a-f]{7}\n- {"kind":"next".*\n\+ {"kind":"defer","reply":{"code":451,"status":"4.7.1","text":"Enough"}}\n/,
  );
  expect(changed.text).toMatch(
    /onArrival .*\n- {"kind":"next","edits":\[{"kind":"prepend-field".*\n\+ {"kind":"reject"/,
  );

  const { differences } = JSON.parse((await sluice('sink', 'replay', 'gate', '--json')).text);
  const traceId: string = differences[0].traceId;
  const one = JSON.parse((await sluice('sink', 'replay', 'gate', '--trace', traceId, '--json')).text);
  expect(one).toMatchObject({ sink: 'gate', version: '1.1.0', replayed: 2 });

  await save('gate', source(9, 'http'));
  const refused = await sluice('sink', 'replay', 'gate', '--last', '2');
  expect(refused.text).toContain('+ failed with sandbox.threw: Error: http.get: not made in a replay\n');
  expect(refused.text).toContain(
    'http.get was refused in 1 event: give its answer in a file, --answers <file>: { http.get: … }\n',
  );

  expect(await sluice('trace', 'purge', '--address', 'eve')).toEqual({
    status: 2,
    text: 'eve is no full address: ann@example.org\n',
  });
  expect((await sluice('trace', 'purge', '--address', 'eve@far.example')).text).toMatch(
    /^Removed \d traces? and 2 recorded events of mail that names eve@far\.example\.\n/,
  );
  expect((await sluice('sink', 'replay', 'gate')).text).toMatch(/^2 events replayed/);
});

test('without bodies no octets are recorded, and a replay says so', { timeout: 60_000 }, async () => {
  const { sluice, arrived } = await serve({});
  await arrived();
  const { status, text } = await sluice('sink', 'replay', 'gate');
  expect(status).toBe(1);
  expect(text).toContain(
    '+ failed with sandbox.threw: Error: message.text: the octets of this message were not recorded\n',
  );
  expect(text).toContain(
    'message.text was refused in 2 events: record bodies: telemetry: { record: { bodies: true } }\n',
  );

  const file = `${process.env['TMPDIR'] ?? '/tmp'}/sluice-answers-${process.pid}.yaml`;
  await writeFile(file, '{ message.text: null }');
  expect(await sluice('sink', 'replay', 'gate', '--answers', file)).toMatchObject({ status: 0 });
});

test('sink replay says how recording is turned on', { timeout: 60_000 }, async () => {
  const { sluice } = await serve(null);
  expect(await sluice('sink', 'replay', 'gate')).toEqual({
    status: 1,
    text: 'Nothing is recorded: write `telemetry: { record: { days: 1 } }` into sluice.yaml and start Sluice again\n',
  });
});
