import { reencodeAttributes } from './asn1/canonical.ts';
import { Malformed } from './asn1/malformed.ts';
import {
  createContentDecipher,
  type Authentication,
  type CipherName,
  type ContentCipher,
} from './cms/content-cipher.ts';
import { readEnvelope, readHeadOf } from './cms/envelope-stream.ts';
import type { EnvelopeTail } from './cms/envelope.ts';
import type { OctetSource } from './cms/octet-source.ts';
import { readRsaPadding } from './cms/key-transport.ts';
import { recoverKey, type DecryptionKey } from './cms/recover-key.ts';
import type { CertificateId } from './cms/signed-data.ts';
import type { RsaPadding } from './private-key.ts';

export type { DecryptionKey } from './cms/recover-key.ts';

/** What everybody can see of an encrypted message. */
export type Envelope =
  | { readonly kind: 'malformed'; readonly reason: string }
  | {
      readonly kind: 'enveloped';
      readonly authenticated: boolean;
      /** Null when it is not supported. */
      readonly cipher: CipherName | null;
      /** As many as there are; null where no certificate is meant, but a password or a key known before. */
      readonly recipients: readonly (CertificateId | null)[];
      /** How the content key is wrapped for each of them; null where it is not for an RSA key, or in no way that is read. */
      readonly paddings: readonly (RsaPadding | null)[];
    };

/** There is one way to fail: the reasons would tell whoever sent the message about the key (RFC 3218, EFAIL). */
export type Decryption<T> =
  | ({
      readonly kind: 'decrypted';
      /** Whether the contents are what somebody with the content key encrypted; CBC can be changed by anybody. */
      readonly authenticated: boolean;
      readonly contentType: string;
    } & T)
  | { readonly kind: 'failed' };

/** Reads for whom a message is encrypted, and how. Never throws for what is in it. @source RFC 5652 §6, RFC 5083 */
export async function readRecipientsOf(source: OctetSource): Promise<Envelope> {
  try {
    const { authenticated, cipher, recipients } = await readHeadOf(source);
    const ids = recipients.map(({ id }) => id);
    const paddings = recipients.map((one) => (one.kind === 'transport' ? readRsaPadding(one.algorithm) : null));
    return { kind: 'enveloped', authenticated, cipher: cipher?.name ?? null, recipients: ids, paddings };
  } catch (error) {
    if (error instanceof Malformed) return { kind: 'malformed', reason: error.message };
    throw error;
  }
}

/**
 * Decrypts EnvelopedData or AuthEnvelopedData. Never throws for what is in it.
 *
 * @param source a ContentInfo in BER or DER
 * @param keys of the recipients we are; the first that is meant is used
 */
export async function decrypt(
  source: OctetSource,
  keys: readonly DecryptionKey[],
): Promise<Decryption<{ readonly content: Buffer }>> {
  const pieces: Buffer[] = [];
  const result = await run(source, keys, (opened) => opened.read(source, (octets) => void pieces.push(octets)));
  return result.kind === 'failed' ? result : { ...result, content: Buffer.concat(pieces) };
}

/**
 * The same in constant memory. With authentication the source is read again and again: for the tag, to check it, and
 * only then to hand anything out.
 *
 * @param write is given the contents, piece by piece; without authentication they count only when the result says so
 */
export function decryptStream(
  source: OctetSource,
  keys: readonly DecryptionKey[],
  write: (octets: Buffer) => Promise<void> | void,
): Promise<Decryption<unknown>> {
  return run(source, keys, async (opened) => {
    if (opened.authenticated) await opened.read(source, () => undefined);
    await opened.read(source, write);
  });
}

type Opened = {
  readonly authenticated: boolean;
  /** Decrypts all of the source. Rejects when it does not decrypt. */
  read(source: OctetSource, write: (octets: Buffer) => Promise<void> | void): Promise<void>;
};

async function run(
  source: OctetSource,
  keys: readonly DecryptionKey[],
  work: (opened: Opened) => Promise<void>,
): Promise<Decryption<unknown>> {
  try {
    const { authenticated, cipher, recipients, contentType } = await readHeadOf(source);
    const key = cipher && (await recoverKey(recipients, keys, cipher.keyLength));
    if (!cipher || !key) return { kind: 'failed' };
    const authentication = authenticated ? readAuthentication(await readEnvelope(source, () => undefined)) : null;
    await work({
      authenticated,
      read: (from, write) => readDeciphered(from, { cipher, key, authentication }, write),
    });
    return { kind: 'decrypted', authenticated, contentType };
  } catch (error) {
    if (error instanceof Malformed) return { kind: 'failed' };
    throw error; // of the source or of `write`: nothing to do with what is in the message
  }
}

/** @source RFC 5083 §2.2 */
function readAuthentication({ tag, attributes }: EnvelopeTail): Authentication {
  if (!tag) throw new Malformed('no tag');
  return { tag, attributes: attributes && reencodeAttributes(attributes) };
}

type Deciphering = {
  readonly cipher: ContentCipher;
  readonly key: Buffer;
  readonly authentication: Authentication | null;
};

async function readDeciphered(
  source: OctetSource,
  { cipher, key, authentication }: Deciphering,
  write: (octets: Buffer) => Promise<void> | void,
): Promise<void> {
  const decipher = createContentDecipher(cipher, key, authentication);
  await readEnvelope(source, (octets) => write(decipher.update(octets)));
  const last = finish(decipher);
  if (last.length > 0) await write(last);
}

/** The padding, or the tag. */
function finish(decipher: ReturnType<typeof createContentDecipher>): Buffer {
  try {
    return decipher.final();
  } catch {
    throw new Malformed('does not decrypt');
  }
}
