import { mkdir } from 'node:fs/promises';
import { readCertificate, type Certificate } from '../chain/certificate.ts';
import { comparableAddress } from '../chain/address.ts';
import { formatPem } from '../chain/pem.ts';
import { readFolder } from '../chain/trust-folder.ts';
import { addressesOf } from '../certificate.ts';
import { removeFile, sweep, writeFileAtomically } from './file.ts';

/** Certificates of others, to encrypt to: a folder of PEM files, one each, named by fingerprint. */
export type CertificateFolder = {
  readonly problems: readonly string[];
  all(): readonly Certificate[];
  /** @returns the last stored first; none when nobody is known by that address */
  find(address: string): readonly Certificate[];
  /** Stores a certificate, durably. @returns false when it was here already, or the folder is full */
  keep(certificate: Certificate): Promise<boolean>;
  /** @returns false when there is none */
  remove(fingerprint: string): Promise<boolean>;
};

/** Certificates kept at most: whoever writes to us cannot fill the disk. */
const most = 50_000;
const fileOf = (fingerprint: string): string => `${fingerprint}.pem`;

/** Opens the folder, or makes it. */
export async function openCertificateFolder(folder: string): Promise<CertificateFolder> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await sweep(folder);
  const { items, problems } = await readFolder(folder, { label: 'CERTIFICATE', read: readCertificate });
  const kept = new Map(items.map((one) => [one.fingerprint, one]));
  const byAddress = new Map<string, Set<Certificate>>();
  for (const certificate of items) link(certificate);

  function link(certificate: Certificate): void {
    for (const address of addressesOf(certificate).map((one) => comparableAddress(one))) {
      const known = byAddress.get(address) ?? new Set();
      byAddress.set(address, known.add(certificate));
    }
  }

  return {
    problems: problems.map(({ file, problem }) => `${file}: ${problem}`),
    all: () => [...kept.values()],
    find: (address) => [...(byAddress.get(comparableAddress(address)) ?? [])].toReversed(),
    async keep(certificate) {
      const { fingerprint, octets } = certificate;
      if (kept.has(fingerprint) || kept.size >= most) return false;
      kept.set(fingerprint, certificate);
      await writeFileAtomically(folder, fileOf(fingerprint), formatPem('CERTIFICATE', octets)).catch(
        (cause: unknown) => {
          kept.delete(fingerprint);
          throw cause;
        },
      );
      link(certificate);
      return true;
    },
    async remove(fingerprint) {
      const certificate = kept.get(fingerprint);
      if (!certificate) return false;
      await removeFile(folder, fileOf(fingerprint));
      kept.delete(fingerprint);
      for (const known of byAddress.values()) known.delete(certificate);
      return true;
    },
  };
}
