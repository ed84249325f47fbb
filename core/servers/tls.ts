import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import { Fault } from '../errors.ts';

/** PEM files. */
export type TlsFiles = { readonly certificate: string; readonly key: string };

/** A certificate in use; `expires` in epoch milliseconds. */
export type LoadedTls = { readonly context: SecureContext; readonly expires: number };

/**
 * Reads certificate and key. There is no built-in one: without files there is no TLS.
 *
 * @throws Fault `server.tls`; its `reason` names the virtual server and the file
 */
export async function loadTls(virtualServer: string, { certificate, key }: TlsFiles): Promise<LoadedTls> {
  const [cert, secret] = await Promise.all([read(virtualServer, certificate), read(virtualServer, key)]);
  try {
    const context = createSecureContext({ cert, key: secret, minVersion: 'TLSv1.2' });
    return { context, expires: new X509Certificate(cert).validToDate.getTime() };
  } catch (cause) {
    throw tlsFault(virtualServer, `${certificate} and ${key} are no certificate with its key`, cause);
  }
}

async function read(virtualServer: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw tlsFault(virtualServer, `${file} cannot be read`, cause);
  }
}

function tlsFault(virtualServer: string, what: string, cause: unknown): Fault {
  return new Fault('server.tls', { virtualServer, reason: `${virtualServer}: ${what}` }, cause);
}
