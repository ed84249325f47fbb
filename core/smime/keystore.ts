import { join } from 'node:path';
import { Fault } from '../errors.ts';
import { addressesOf, type Certificate } from './certificate.ts';
import { comparableAddress } from './chain/address.ts';
import { formatPem } from './chain/pem.ts';
import { openCertificateFolder, type CertificateFolder } from './keys/certificate-folder.ts';
import type { KeyEntry, KeyOwner } from './keys/entry.ts';
import { refusalOf, type Refusal } from './keys/refusal.ts';
import { defaultCost, type ScryptCost } from './keys/sealing.ts';
import { testKey, type SelfTest } from './keys/self-test.ts';
import { startSigner, type Signer } from './keys/signer/signer.ts';
import type { KeySource, PassphraseSource } from './keys/signer/wire.ts';
import type { PrivateKeyOperation, UsePrivateKey } from './private-key.ts';
import type { TrustAnswer } from './trust.ts';

export type { KeyEntry, KeyOwner } from './keys/entry.ts';
export type { Refusal } from './keys/refusal.ts';
export type { SelfTest } from './keys/self-test.ts';
export type { KeySource, PassphraseSource } from './keys/signer/wire.ts';

/** Whether the certificate of a verified message is kept, to encrypt to its holder later. */
export type HarvestPolicy = (certificate: Certificate, answer: TrustAnswer & { readonly kind: 'trusted' }) => boolean;

/** What a keystore is opened with. */
export type KeystoreOptions = {
  /** `<data>/keys`; made when it is not there, for us alone. */
  readonly folder: string;
  readonly passphrase: PassphraseSource;
  /** Nothing is harvested without one. */
  readonly harvest?: HarvestPolicy;
  /** Of a new keystore; tests make it cheap. */
  readonly cost?: ScryptCost;
  readonly now: () => number;
  /** Another module for the thread of the keys than ours, for tests. */
  readonly worker?: URL;
};

/** What to import, and for whom. */
export type KeyImport = {
  /** Octets are handed over: they are not the caller's any more. */
  readonly source: KeySource;
  /** null: none was given. */
  readonly password: string | null;
  /** null: the addresses in the certificate. */
  readonly owner: KeyOwner | null;
};

/**
 * Keys and certificates, per address and per gateway. Private keys are sealed on disk, and in one thread while we run:
 * they are used there, and nothing here can read them.
 */
export type Keystore = AsyncDisposable & {
  /** Files that could not be used, and how often the thread of the keys ended by itself, for the operator. */
  problems(): readonly string[];
  keys(): readonly KeyEntry[];
  /** Keys of an address, the one that is valid longest first. */
  keysOf(address: string): readonly KeyEntry[];
  /** Keys of a gateway, the one that is valid longest first. */
  keysOfGateway(name: string): readonly KeyEntry[];
  /** Imports every key of a file, or none. Durable when it resolves. */
  importKeys(what: KeyImport): Promise<{ readonly kind: 'imported'; readonly entries: readonly KeyEntry[] } | Refusal>;
  removeKey(id: string): Promise<{ readonly kind: 'removed' } | Refusal>;
  /** What signs and decrypts with a key. @throws Fault `keys.refused`, `keys.unavailable` from what is returned */
  use(id: string): UsePrivateKey;
  /** Signs and decrypts with a key and checks that with its certificate. */
  testKey(id: string): Promise<SelfTest | Refusal>;
  /** The certificate of a key, and those of its authorities, as PEM; null when there is no such key. */
  exportCertificates(id: string): string | null;
  /** Certificates of others, to encrypt to. */
  readonly certificates: CertificateFolder;
  /** Certificates to encrypt to an address with: ours first. */
  certificatesOf(address: string): readonly Uint8Array[];
  /** Asks the policy about the certificate of a message that was verified. @returns whether it was kept just now */
  harvest(certificate: Certificate, answer: TrustAnswer): Promise<boolean>;
};

/**
 * Opens the keystore, or makes it.
 *
 * @throws Fault `keys.unavailable` when its thread does not start
 */
export async function openKeystore(options: KeystoreOptions): Promise<Keystore | Refusal> {
  const { folder, passphrase, cost = defaultCost, now, worker } = options;
  const signer = await startSigner({ folder, passphrase, cost }, { now, ...(worker && { worker }) });
  if (signer.kind === 'refused') return signer;
  try {
    return createKeystore(signer, await openCertificateFolder(join(folder, 'certificates')), options);
  } catch (cause) {
    await signer[Symbol.asyncDispose]();
    return refusalOf('folder-unusable', cause instanceof Error && 'code' in cause ? String(cause.code) : '');
  }
}

function createKeystore(signer: Signer, certificates: CertificateFolder, options: KeystoreOptions): Keystore {
  const held = new Map(signer.opening.entries.map((entry) => [entry.id, entry]));
  const longestFirst = (is: (entry: KeyEntry) => boolean): readonly KeyEntry[] =>
    [...held.values()].filter(is).sort((a, b) => b.notAfter - a.notAfter);
  const use = (key: string): UsePrivateKey => useThrough(signer, key);

  function keysOf(address: string): readonly KeyEntry[] {
    const wanted = comparableAddress(address);
    return longestFirst(
      ({ owner }) => owner.kind === 'addresses' && owner.addresses.some((one) => comparableAddress(one) === wanted),
    );
  }

  return {
    problems: () => [...signer.opening.problems, ...certificates.problems, ...faultsOf(signer)],
    certificates,
    keys: () => longestFirst(() => true),
    keysOf,
    keysOfGateway: (name) => longestFirst(({ owner }) => owner.kind === 'gateway' && owner.name === name),
    use,
    async importKeys(what) {
      const answer = await signer.call({ kind: 'import', ...what, at: options.now() });
      if (answer.kind === 'imported') for (const entry of answer.entries) held.set(entry.id, entry);
      return answer.kind === 'imported' || answer.kind === 'refused' ? answer : unexpected(answer.kind);
    },
    async removeKey(key) {
      const answer = await signer.call({ kind: 'remove', key });
      if (answer.kind === 'removed') held.delete(key);
      return answer.kind === 'removed' || answer.kind === 'refused' ? answer : unexpected(answer.kind);
    },
    async testKey(key) {
      const entry = held.get(key);
      return entry ? testKey(entry, use(key)) : refusalOf('key-unknown');
    },
    exportCertificates(key) {
      const entry = held.get(key);
      return entry ? [entry.certificate, ...entry.chain].map((one) => formatPem('CERTIFICATE', one)).join('') : null;
    },
    certificatesOf: (address) => [
      ...keysOf(address).flatMap((entry) => (entry.canDecrypt ? [entry.certificate] : [])),
      ...certificates.find(address).map(({ octets }) => octets),
    ],
    async harvest(certificate, answer) {
      const isWanted = answer.kind === 'trusted' && addressesOf(certificate).length > 0;
      return isWanted && options.harvest?.(certificate, answer) === true && certificates.keep(certificate);
    },
    [Symbol.asyncDispose]: () => signer[Symbol.asyncDispose](),
  };
}

function faultsOf(signer: Signer): readonly string[] {
  const faults = signer.faults();
  if (!faults) return [];
  const last = `the last time at ${new Date(faults.at).toISOString()}: ${faults.reason}`;
  return [`the thread of the keys ended ${faults.count === 1 ? 'once' : `${faults.count} times`}, ${last}`];
}

function useThrough(signer: Signer, key: string): UsePrivateKey {
  return async (operation) => {
    const answer = await signer.call({ kind: 'use', key, operation: onItsOwn(operation) });
    if (answer.kind === 'octets') return answer.octets;
    const problem = answer.kind === 'failed' ? answer.reason : answer.kind === 'refused' ? answer.code : answer.kind;
    throw new Fault('keys.refused', { key, problem });
  };
}

/** Views are sent to a thread with all they are views of, which may be the whole message. */
function onItsOwn(operation: PrivateKeyOperation): PrivateKeyOperation {
  const octets = new Uint8Array(operation.octets);
  if (operation.kind !== 'decrypt' || operation.padding.kind === 'pkcs1') return { ...operation, octets };
  return { ...operation, octets, padding: { ...operation.padding, label: new Uint8Array(operation.padding.label) } };
}

function unexpected(answer: string): never {
  throw new Fault('internal.bug', { answer });
}
