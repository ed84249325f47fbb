import type { OpenMessage } from '../../message/message.ts';
import type { Part } from '../../message/part.ts';
import { addressesOf, matchOriginator, type Certificate, type Originators } from '../certificate.ts';
import { openSignedEntity, verifyEntity, type SignedEntity } from '../entity.ts';
import type { SignerResult, Verification } from '../verify.ts';
import type { ProtectionParts, SignerRecord, SignerVerdict } from './contract.ts';
import { originatorsOf } from './originators.ts';
import { judgeSigner, type Judged } from './trusted.ts';

/** A signed part, verified before anything is touched. */
export type Verified = {
  readonly entity: SignedEntity;
  /** The MIME entity that was signed, whether it verifies or not; null when it cannot be found. */
  readonly content: Uint8Array | null;
  /** What the signatures say; none when they cannot be read. */
  readonly results: readonly SignerResult[];
  readonly records: readonly SignerRecord[];
  /** Whether every signature counts: valid, trusted, of who the message is from. */
  readonly isValid: boolean;
  /** Who all of them are of, where every signature counts: the author or the Sender. */
  readonly field: 'from' | 'sender';
};

/**
 * Verifies a signed S/MIME part.
 *
 * @returns null for what is no S/MIME
 */
export async function verifySigned(message: OpenMessage, part: Part, parts: ProtectionParts): Promise<Verified | null> {
  const entity = await openSignedEntity(message.octets, part);
  if (!entity) return null;
  const originators = originatorsOf(message);
  const verification = await verifyEntity(entity, certificatesFor(originators, parts));
  const signed = verification.kind === 'signed' ? verification : null;
  const inside = entity.kind === 'clear' ? entity.content : (signed?.content ?? null);
  const extra = signed?.certificates ?? [];
  const at = parts.now();
  const judged = (signed?.signers ?? []).map(
    ({ certificate }) => certificate && judgeSigner(certificate, extra, parts.trust, at),
  );
  const records = signed
    ? signed.signers.map((signer, index) => recordOf(signer, judged[index] ?? null, originators, part.path))
    : [unreadable(verification, part.path)];
  const isAuthor = judged.every((one) => one?.certificate && isOfFrom(one.certificate, originators));
  const isValid = records.every(({ verdict }) => verdict === 'valid');
  return {
    entity,
    content: inside,
    results: signed?.signers ?? [],
    records,
    isValid,
    field: isAuthor ? 'from' : 'sender',
  };
}

const isOfFrom = (certificate: Certificate, { from }: Originators): boolean =>
  matchOriginator(certificate, { from, sender: null }).kind === 'match';

/** Certificates the keystore has of who a message is from: signers need not send theirs. */
const certificatesFor = ({ from, sender }: Originators, { keystore }: ProtectionParts): readonly Uint8Array[] =>
  keystore
    ? [...from, ...(sender === null ? [] : [sender])].slice(0, 4).flatMap((one) => keystore.certificatesOf(one))
    : [];

const unreadable = (found: Verification, part: string): SignerRecord => ({
  ...nobody,
  verdict: 'invalid',
  reason: found.kind === 'malformed' ? printable(found.reason) : 'there are certificates, and no signature',
  signedAt: null,
  part,
});

const nobody = { subject: null, issuer: null, serial: null, fingerprint: null, addresses: [] } as const;

function recordOf(
  { verdict, signingTime }: SignerResult,
  judged: Judged | null,
  originators: Originators,
  part: string,
): SignerRecord {
  const certificate = judged?.certificate ?? null;
  const found = verdictOf(verdict, judged, certificate, originators);
  return { ...nameOf(certificate), ...found, reason: printable(found.reason), signedAt: signingTime, part };
}

type Found = { readonly verdict: SignerVerdict; readonly reason: string };

function verdictOf(
  verdict: SignerResult['verdict'],
  judged: Judged | null,
  certificate: Certificate | null,
  originators: Originators,
): Found {
  if (verdict.kind !== 'valid') return { verdict: verdict.kind, reason: verdict.reason };
  if (judged?.reason) return { verdict: 'untrusted', reason: judged.reason.text };
  if (!certificate) return { verdict: 'unknown', reason: 'the certificate of the signer is not known' };
  const match = matchOriginator(certificate, originators);
  return match.kind === 'match' ? { verdict: 'valid', reason: '' } : { verdict: 'mismatch', reason: match.text };
}

function nameOf(certificate: Certificate | null): Omit<SignerRecord, 'verdict' | 'reason' | 'signedAt' | 'part'> {
  if (!certificate) return nobody;
  const { subject, issuer, serial, fingerprint } = certificate;
  const addresses = addressesOf(certificate).slice(0, 10).map(printable);
  return { subject: printable(subject.text), issuer: printable(issuer.text), serial, fingerprint, addresses };
}

/** Text of strangers as it may stand in a log: on one line, bounded. */
const printable = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\ufffd')
    .slice(0, 300);
