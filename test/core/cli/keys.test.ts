import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startAdmin } from '../../../core/admin/admin.ts';
import { runCli } from '../../../core/cli/cli.ts';
import { exampleBackend } from '../admin/example-backend.ts';
import { listeningLog } from '../telemetry/listening-log.ts';

const done: string[] = [];
const log = listeningLog();
let folder = '';
let admin: AsyncDisposable | null = null;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-keys-cli-'));
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'password'), 'secret\n');
  writeFileSync(join(folder, 'other'), 'wrong');
  admin = await startAdmin({ folder: join(folder, 'data'), backend: exampleBackend(done), log });
});
afterAll(async () => {
  await admin?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});
beforeEach(() => void done.splice(0));

/** The verbs in this process: nothing of them needs one of its own. */
async function sluice(...args: readonly string[]) {
  let out = '';
  let err = '';
  const exit = await runCli([...args, '--data', join(folder, 'data')], {
    version: '9.9.9',
    run: async () => 0,
    inspect: async () => [],
    now: () => Date.UTC(2026, 10, 23, 12, 1, 0),
    terminal: {
      out: (text) => void (out += Buffer.from(text).toString()),
      err: (text) => void (err += text),
      isTty: false,
      columns: 120,
    },
  });
  return { exit, out, err };
}

test('keys ls shows whose they are, what they can do and until when', async () => {
  expect(await sluice('keys', 'ls')).toEqual({
    exit: 0,
    err: '',
    out: `ID            FOR               KEY  CAN           VALID UNTIL  ISSUED BY
abababababab  ann@example.test  rsa  sign decrypt  2027-11-23   CN=CA, O=Test
`,
  });
  expect(JSON.parse((await sluice('keys', 'ls', '--json')).out)).toMatchObject([{ keyKind: 'rsa', canSign: true }]);
});

test('keys import takes the password from a file, and says what is wrong with it', async () => {
  const locked = join(folder, 'locked.p12');
  expect(await sluice('keys', 'import', locked, '--password-file', join(folder, 'other'))).toEqual({
    exit: 1,
    out: '',
    err: 'The password is wrong, or the file is damaged.\n',
  });
  expect(await sluice('keys', 'import', locked)).toMatchObject({
    exit: 1,
    err: 'The file is encrypted and no password was given. Write it into a file and name that with --password-file.\n',
  });
  expect(await sluice('keys', 'import', locked, '--password-file', join(folder, 'none'))).toMatchObject({
    exit: 1,
    err: `${join(folder, 'none')} is no file with a password.\n`,
  });
  expect(done).toEqual([]);
  const taken = await sluice('keys', 'import', locked, '--password-file', join(folder, 'password'), '--gateway', 'mx');
  expect(taken).toMatchObject({ exit: 0, out: expect.stringContaining('1 key imported.\nID ') });
  expect(taken.out).toContain('gateway mx');
  expect(done).toEqual(['import for mx']);
  expect(log.lines.join('\n')).not.toContain('secret');
});

test('keys rm, test and export-cert take the beginning of an id, however it is written', async () => {
  expect(await sluice('keys', 'rm', 'AB:AB:AB')).toMatchObject({ out: 'The key abababababab is removed.\n' });
  expect(await sluice('keys', 'test', 'ababab')).toMatchObject({ exit: 0, out: 'abababababab signs\n' });
  expect(await sluice('keys', 'export-cert', 'ababab')).toMatchObject({ out: '-----BEGIN CERTIFICATE-----\n' });
  expect(done).toEqual(['remove key']);
  expect(await sluice('keys', 'rm', 'cdcdcd')).toMatchObject({
    exit: 1,
    err: 'There is no such key. sluice keys ls shows those there are.\n',
  });
  expect(await sluice('keys', 'rm', 'xyz')).toMatchObject({
    exit: 1,
    err: 'xyz is no id: sluice keys ls shows them; six digits of one are enough.\n',
  });
});

test('keys certs keeps, lists and forgets certificates of others', async () => {
  expect(await sluice('keys', 'certs', 'import', 'people.pem')).toMatchObject({
    out: expect.stringMatching(/^1 certificate imported\. 2 others of the file were here already\.\nID /),
  });
  expect(await sluice('keys', 'certs', 'ls')).toMatchObject({ out: expect.stringContaining('ann@example.test  rsa') });
  expect(await sluice('keys', 'certs', 'rm', 'ababab')).toMatchObject({
    out: 'The certificate abababababab is removed.\n',
  });
  expect(done).toEqual(['remove certificate']);
});

test('no password can be given on the command line', async () => {
  const { exit, err } = await sluice('keys', 'import', 'a.p12', '--password', 'secret');
  expect(exit).toBe(2);
  expect(err).toContain("unknown option '--password'");
});
