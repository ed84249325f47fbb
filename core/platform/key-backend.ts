import type { Backend } from '../admin/admin.ts';
import type { Config } from '../config/config.ts';
import { addressesOf, type Certificate } from '../smime/certificate.ts';
import type { Custody } from '../smime/custody.ts';
import type { KeyEntry, Keystore } from '../smime/keystore.ts';
import { readCertificateFiles } from '../smime/trust-files.ts';
import type { Log } from '../telemetry/telemetry.ts';
import { importKeys, ownerText, refuse, type Refused } from './key-import.ts';

export type KeyBackendParts = {
  readonly custody: Pick<Custody, 'keystore' | 'refusal'>;
  readonly config: () => Config;
  readonly log: Log;
};

export type KeyBackend = Pick<
  Backend,
  | 'keys'
  | 'importKeys'
  | 'keyCertificates'
  | 'removeKey'
  | 'testKey'
  | 'certificates'
  | 'importCertificates'
  | 'removeCertificate'
>;

/** Answers operators about keys and certificates. Who imported or removed what is in the log. */
export function createKeyBackend({ custody, config, log }: KeyBackendParts): KeyBackend {
  const open = (): Keystore | Refused =>
    custody.keystore() ?? refuse('no-keystore', custody.refusal() ?? 'there are no keys');
  /** Does something with the keystore, or says why there is none. */
  const withKeys = async <T>(act: (keystore: Keystore) => T | Promise<T>): Promise<T | Refused> => {
    const keystore = open();
    return 'kind' in keystore ? keystore : await act(keystore);
  };
  const withKey = <T>(start: string, act: (keystore: Keystore, id: string) => T | Promise<T>): Promise<T | Refused> =>
    withKeys<T | Refused>((keystore) => {
      const found = findOne(
        keystore.keys().map(({ id }) => id),
        start,
        'key',
      );
      return typeof found === 'string' ? act(keystore, found) : found;
    });

  return {
    keys: () => withKeys((keystore) => listOf(keystore.keys())),
    importKeys: (wanted) =>
      withKeys(async (keystore) => {
        const answer = await importKeys(keystore, wanted, config().smime, log);
        return answer.kind === 'imported' ? listOf(answer.entries) : answer;
      }),
    keyCertificates: ({ id: start }) =>
      withKey(start, (keystore, id) => ({ kind: 'pem', pem: keystore.exportCertificates(id) ?? '' }) as const),
    removeKey: ({ id: start }) =>
      withKey(start, async (keystore, id) => {
        const answer = await keystore.removeKey(id);
        if (answer.kind === 'removed') log.info({ key: id }, 'key removed');
        return answer.kind === 'removed' ? ({ kind: 'done', id } as const) : answer;
      }),
    testKey: ({ id: start }) =>
      withKey(start, async (keystore, id) => {
        const answer = await keystore.testKey(id);
        return 'kind' in answer ? answer : ({ kind: 'tested', id, ...answer } as const);
      }),
    certificates: () =>
      withKeys(({ certificates }) => {
        return { kind: 'certificates', certificates: certificates.all().map(certificateOf) } as const;
      }),
    importCertificates: ({ file }) => withKeys((keystore) => importCertificates(keystore, file, log)),
    removeCertificate: ({ id: start }) =>
      withKeys(async ({ certificates }) => {
        const found = findOne(
          certificates.all().map(({ fingerprint }) => fingerprint),
          start,
          'certificate',
        );
        if (typeof found !== 'string') return found;
        await certificates.remove(found);
        log.info({ certificate: found }, 'certificate removed');
        return { kind: 'done', id: found } as const;
      }),
  };
}

async function importCertificates({ certificates }: Keystore, file: string, log: Log) {
  const { items, problems } = await readCertificateFiles(file);
  const [problem] = problems;
  if (problem) return refuse('file-unreadable', `${problem.file}: ${problem.problem}`);
  const nobodys = items.find((one) => addressesOf(one).length === 0);
  if (nobodys) return refuse('address-missing', `a certificate names no e-mail address: ${nobodys.subject.text}`);
  const kept: Certificate[] = [];
  for (const one of items) if (await certificates.keep(one)) kept.push(one);
  for (const one of kept) log.info({ certificate: one.fingerprint }, 'certificate imported');
  return { kind: 'kept', certificates: kept.map(certificateOf), known: items.length - kept.length } as const;
}

/** The one that begins so. */
function findOne(ids: readonly string[], start: string, noun: string): string | Refused {
  const found = ids.filter((id) => id.startsWith(start));
  if (found.length > 1) return refuse('ambiguous', `${found.length} ${noun}s begin with ${start}: give more of it`);
  return found[0] ?? refuse(`${noun}-unknown`, `there is no ${noun} ${start}`);
}

const listOf = (entries: readonly KeyEntry[]) => ({ kind: 'keys', keys: entries.map(keyOf) }) as const;

const keyOf = ({ owner, ...entry }: KeyEntry) => ({ ...entry, owner: ownerText(owner) });

function certificateOf(certificate: Certificate) {
  const { fingerprint, subject, issuer, notBefore, notAfter } = certificate;
  return {
    id: fingerprint,
    subject: subject.text,
    issuer: issuer.text,
    addresses: addressesOf(certificate),
    notBefore,
    notAfter,
    keyKind: certificate.key()?.asymmetricKeyType ?? 'unknown',
  };
}
