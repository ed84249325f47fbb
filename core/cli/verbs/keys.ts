import { resolve } from 'node:path';
import type { OutputOf } from '../../admin/routes.ts';
import { askSecret, readSecretFile } from '../secret.ts';
import { formatTable, type Cell } from '../table.ts';
import { ask, exitCodes, printJson, Refusal, type Verb } from '../verb.ts';
import { countOf, dateTime } from '../words.ts';

/** What `sluice keys import` is told. */
export type ImportOptions = {
  readonly passwordFile?: string;
  readonly for?: string;
  readonly gateway?: string;
};

type Keys = Extract<OutputOf<'keys'>, { kind: 'keys' }>['keys'];
type Refused = Extract<OutputOf<'keys'>, { kind: 'refused' }>;

/** `sluice keys ls`: the keys, whose they are, and until when they can be used. */
export async function listKeys(verb: Verb): Promise<number> {
  const { keys } = granted(await ask(verb, 'keys', {}));
  if (verb.json) return printJson(verb, keys);
  verb.terminal.out(
    keys.length === 0 ? 'There are no keys: sluice keys import <file> brings some.\n' : tableOf(verb, keys),
  );
  return exitCodes.ok;
}

/** `sluice keys import`: the running Sluice reads the file; a password comes from a file or is asked for. */
export async function importKeys(verb: Verb, file: string, options: ImportOptions): Promise<number> {
  const given = options.passwordFile === undefined ? null : await readSecretFile(options.passwordFile);
  const about = { file: resolve(file), address: options.for ?? null, gateway: options.gateway ?? null };
  let answer = await ask(verb, 'importKeys', { ...about, password: given });
  if (answer.kind === 'refused' && answer.code === 'password-missing') {
    const typed = await askSecret(`Password of ${file}: `);
    if (typed !== null) answer = await ask(verb, 'importKeys', { ...about, password: typed });
  }
  const { keys } = granted(answer);
  if (verb.json) return printJson(verb, keys);
  verb.terminal.out(`${countOf(keys.length, 'key')} imported.\n${tableOf(verb, keys)}`);
  return exitCodes.ok;
}

/** `sluice keys export-cert`: the certificate of a key and those of its authorities, as PEM. */
export async function exportCertificates(verb: Verb, id: string): Promise<number> {
  const { pem } = granted(await ask(verb, 'keyCertificates', { id: startOf(id) }));
  if (verb.json) return printJson(verb, { pem });
  verb.terminal.out(pem);
  return exitCodes.ok;
}

/** `sluice keys rm` */
export async function removeKey(verb: Verb, id: string): Promise<number> {
  const answer = granted(await ask(verb, 'removeKey', { id: startOf(id) }));
  if (verb.json) return printJson(verb, { id: answer.id, done: 'removed' });
  verb.terminal.out(`The key ${answer.id.slice(0, 12)} is removed.\n`);
  return exitCodes.ok;
}

/** `sluice keys test`: signs and decrypts with a key, and checks that with its certificate. */
export async function testKey(verb: Verb, id: string): Promise<number> {
  const { kind: _, ...tested } = granted(await ask(verb, 'testKey', { id: startOf(id) }));
  const exitCode = tested.problem === null ? exitCodes.ok : exitCodes.problem;
  if (verb.json) return printJson(verb, tested, exitCode);
  const can = [tested.signs ? 'signs' : '', tested.decrypts ? 'decrypts' : ''].filter(Boolean).join(' and ');
  verb.terminal.out(`${tested.id.slice(0, 12)} ${tested.problem ?? (can || 'can do nothing here')}\n`);
  return exitCode;
}

/** @throws Refusal with the reason, in words that say what to do */
export function granted<T extends { readonly kind: string }>(answer: T | Refused): Exclude<T, Refused> {
  if (isRefused(answer)) throw new Refusal(`${sentence(answer.text)}${hints[answer.code] ?? ''}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the other half of the union
  return answer as Exclude<T, Refused>;
}

const isRefused = (answer: { readonly kind: string }): answer is Refused => answer.kind === 'refused';

const hints: Readonly<Record<string, string>> = {
  'password-missing': ' Write it into a file and name that with --password-file.',
  'key-unknown': ' sluice keys ls shows those there are.',
  'certificate-unknown': ' sluice keys certs ls shows those there are.',
  'address-missing': ' For a key, name a gateway with --gateway.',
};

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** As a person copies it from a table, or from elsewhere: with colons, in capitals. */
export function startOf(id: string): string {
  const start = id.toLowerCase().replaceAll(':', '');
  if (/^[0-9a-f]{6,64}$/.test(start)) return start;
  throw new Refusal(`${id} is no id: sluice keys ls shows them; six digits of one are enough.`);
}

function tableOf(verb: Verb, keys: Keys): string {
  const rows = keys.map((key): readonly Cell[] => [
    key.id.slice(0, 12),
    key.owner,
    key.keyKind,
    [key.canSign ? 'sign' : '', key.canDecrypt ? 'decrypt' : ''].filter(Boolean).join(' '),
    untilOf(key.notAfter, verb.now()),
    key.issuer,
  ]);
  const columns = [
    { title: 'ID' },
    { title: 'FOR' },
    { title: 'KEY' },
    { title: 'CAN' },
    { title: 'VALID UNTIL' },
    { title: 'ISSUED BY', wraps: true },
  ] as const;
  return formatTable(verb.terminal, columns, rows);
}

/** The end of a validity; red when it has passed. @param notAfter epoch ms */
export function untilOf(notAfter: number, now: number): Cell {
  const text = dateTime(notAfter).slice(0, 10);
  return notAfter < now ? { text: `${text} (expired)`, style: 'red' } : text;
}
