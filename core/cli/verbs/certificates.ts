import { resolve } from 'node:path';
import type { OutputOf } from '../../admin/routes.ts';
import { formatTable, type Cell } from '../table.ts';
import { ask, exitCodes, printJson, type Verb } from '../verb.ts';
import { countOf } from '../words.ts';
import { granted, startOf, untilOf } from './keys.ts';

type Certificates = Extract<OutputOf<'certificates'>, { kind: 'certificates' }>['certificates'];

/** `sluice keys certs ls`: certificates of others, to encrypt to them. */
export async function listCertificates(verb: Verb): Promise<number> {
  const { certificates } = granted(await ask(verb, 'certificates', {}));
  if (verb.json) return printJson(verb, certificates);
  verb.terminal.out(certificates.length === 0 ? 'There are no certificates of others.\n' : tableOf(verb, certificates));
  return exitCodes.ok;
}

/** `sluice keys certs import` */
export async function importCertificates(verb: Verb, file: string): Promise<number> {
  const { certificates, known } = granted(await ask(verb, 'importCertificates', { file: resolve(file) }));
  if (verb.json) return printJson(verb, { certificates, known });
  const there =
    known === 0 ? '' : ` ${countOf(known, 'other')} of the file ${known === 1 ? 'was' : 'were'} here already.`;
  const table = certificates.length === 0 ? '' : tableOf(verb, certificates);
  verb.terminal.out(`${countOf(certificates.length, 'certificate')} imported.${there}\n${table}`);
  return exitCodes.ok;
}

/** `sluice keys certs rm` */
export async function removeCertificate(verb: Verb, id: string): Promise<number> {
  const answer = granted(await ask(verb, 'removeCertificate', { id: startOf(id) }));
  if (verb.json) return printJson(verb, { id: answer.id, done: 'removed' });
  verb.terminal.out(`The certificate ${answer.id.slice(0, 12)} is removed.\n`);
  return exitCodes.ok;
}

function tableOf(verb: Verb, certificates: Certificates): string {
  const rows = certificates.map((one): readonly Cell[] => [
    one.id.slice(0, 12),
    one.addresses.join(', '),
    one.keyKind,
    untilOf(one.notAfter, verb.now()),
    one.issuer,
  ]);
  const columns = [
    { title: 'ID' },
    { title: 'OF' },
    { title: 'KEY' },
    { title: 'VALID UNTIL' },
    { title: 'ISSUED BY', wraps: true },
  ] as const;
  return formatTable(verb.terminal, columns, rows);
}
