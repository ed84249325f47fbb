import { createHash, X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** What ties a login to the TLS connection it comes by: so nobody in the middle can pass it on. */
export type ChannelBindings = {
  /** @returns the octets of that type; null when there are none */
  octets(type: string): Buffer | null;
};

/**
 * `tls-exporter` for TLS 1.3 and `tls-server-end-point` for every version.
 *
 * @source RFC 9266 §4.1, RFC 5929 §4
 */
export function channelBindingsOf(socket: TLSSocket): ChannelBindings {
  return {
    octets(type) {
      if (type === 'tls-server-end-point') return endPointOf(socket);
      if (type !== 'tls-exporter' || socket.getProtocol() !== 'TLSv1.3') return null;
      return socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
    },
  };
}

/** The hash of our certificate, by the hash of its signature; SHA-256 in place of MD5 and SHA-1 (RFC 5929 §4.1). */
function endPointOf(socket: TLSSocket): Buffer | null {
  const certificate = socket.getCertificate();
  if (certificate === null || !('raw' in certificate)) return null;
  const signature = new X509Certificate(certificate.raw).signatureAlgorithm ?? '';
  const [, digest] = /(sha(?:256|384|512)|sha1|md5)/i.exec(signature) ?? [];
  if (digest === undefined) return null; // Ed25519 has none of its own
  const name = /^sha[235]/i.test(digest) ? digest.toLowerCase() : 'sha256';
  return createHash(name).update(certificate.raw).digest();
}
