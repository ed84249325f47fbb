import { getCACertificates } from 'node:tls';
import { readCertificate, type Certificate } from './chain/certificate.ts';
import { readCrl } from './chain/crl.ts';
import { parsePem } from './chain/pem.ts';
import { readPath, type FileProblem, type FromFolder } from './chain/trust-folder.ts';
import { createTrust, type Trust } from './trust.ts';

export type { FileProblem } from './chain/trust-folder.ts';

/** Where trust is kept: files, and folders of files, PEM or DER. */
export type TrustSources = {
  readonly anchors: readonly string[];
  readonly intermediates?: readonly string[];
  readonly crls?: readonly string[];
  /** Also what the operating system trusts. */
  readonly system?: boolean;
  readonly revocation?: Trust['revocation'];
};

/** Reads them, off the path of mail. Files that cannot be used are listed, and the rest is used. */
export async function readTrust(
  sources: TrustSources,
): Promise<{ readonly trust: Trust; readonly problems: readonly FileProblem[] }> {
  const { anchors, intermediates = [], crls = [], system = false, revocation } = sources;
  const certificate = { label: 'CERTIFICATE', read: readCertificate };
  const [trusted, others, lists] = await Promise.all([
    readAll(anchors, certificate),
    readAll(intermediates, certificate),
    readAll(crls, { label: 'X509 CRL', read: readCrl }),
  ]);
  const trust = createTrust([...trusted.items, ...(system ? systemAnchors() : [])], {
    intermediates: others.items,
    crls: lists.items,
    ...(revocation === undefined ? {} : { revocation }),
  });
  return { trust, problems: [trusted, others, lists].flatMap(({ problems }) => problems) };
}

async function readAll<T>(paths: readonly string[], kind: Parameters<typeof readPath<T>>[1]): Promise<FromFolder<T>> {
  const read = await Promise.all(paths.map((path) => readPath(path, kind)));
  return { items: read.flatMap(({ items }) => items), problems: read.flatMap(({ problems }) => problems) };
}

/** Reads certificates of people: a file, or a folder of them. @param path absolute */
export const readCertificateFiles = (path: string): Promise<FromFolder<Certificate>> =>
  readPath(path, { label: 'CERTIFICATE', read: readCertificate });

/** Some of them are for web servers only; the check of a path says so. What cannot be read is nobody's fault here. */
function systemAnchors(): readonly Certificate[] {
  return getCACertificates('system')
    .flatMap((text) => parsePem(text))
    .flatMap(({ octets }) => {
      try {
        return [readCertificate(octets)];
      } catch {
        return [];
      }
    });
}
