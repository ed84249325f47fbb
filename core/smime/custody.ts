import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { openKeystore, type Keystore, type KeystoreOptions, type PassphraseSource, type Refusal } from './keystore.ts';
import type { SmimeOptions } from './options.ts';
import { createTrust, type Trust } from './trust.ts';
import { openTrustStore, type TrustStore } from './trust-store.ts';

/** Keys and trust as the configuration says; what cannot be had is told, and mail goes on without it. */
export type Custody = AsyncDisposable & {
  trust(): Trust;
  /** Null while there is none: nothing can be signed or decrypted then. */
  keystore(): Keystore | null;
  /** Why there is no keystore, and what to do; null when there is one. */
  refusal(): string | null;
  /** Whether certificates of mail that verified are to be kept. */
  isHarvesting(): boolean;
  /** What an operator should look at. */
  problems(): readonly string[];
  /** Opens what is new or was refused, and lets go of what was replaced. Files of trust are read again. */
  apply(options: SmimeOptions): Promise<void>;
};

export type CustodyParts = {
  /** The data folder. */
  readonly data: string;
  readonly log: { info(values: object, text: string): void; warn(values: object, text: string): void };
  /** Epoch ms. */
  readonly now: () => number;
};

type Held = Pick<SmimeOptions, 'keys' | 'harvest'>;

const noPassphrase =
  'the keys have no passphrase: write `smime: { keys: { passphraseFile: keys.passphrase } }` in sluice.yaml, ' +
  'with that file beside it, or name an environment variable with passphraseEnv';

/** Opens nothing yet: `apply` does. */
export function createCustody({ data, log, now }: CustodyParts): Custody {
  let trust: TrustStore | null = null;
  let trustProblem: string | null = null;
  let keystore: Keystore | null = null;
  let held: Held | null = null;
  let refusal: string | null = noPassphrase;
  /** Not having keys is no problem; not getting at them is. */
  let isWanted = false;

  async function openKeys({ keys, harvest }: SmimeOptions): Promise<void> {
    const before = keystore;
    if (before && isDeepStrictEqual({ keys, harvest }, held)) return;
    const passphrase = passphraseOf(keys);
    const folder = keys.folder ?? join(data, 'keys');
    const isHarvesting = harvest === 'verified';
    const answer = passphrase && (await openOrRefuse({ folder, passphrase, now, isHarvesting }));
    isWanted = passphrase !== null;
    keystore = answer && 'kind' in answer ? null : answer;
    refusal = answer === null ? noPassphrase : 'kind' in answer ? `${answer.text}${hintOf(answer.code)}` : null;
    held = { keys, harvest };
    if (refusal !== null && isWanted) log.warn({}, `no keys: ${refusal}`);
    await before?.[Symbol.asyncDispose]();
  }

  const note = (text: string): void => log.info({}, text);
  async function openTrust(options: SmimeOptions): Promise<void> {
    const before = trust;
    try {
      trust = await openTrustStore(options.trust, { cache: join(data, 'crls'), note });
      trustProblem = null;
      await before?.[Symbol.asyncDispose]();
    } catch (cause) {
      trustProblem = `whom to trust is as it was before: ${String(cause)}`;
    }
  }

  return {
    trust: () => trust?.current() ?? nobody,
    keystore: () => keystore,
    refusal: () => refusal,
    isHarvesting: () => keystore !== null && held?.harvest === 'verified',
    problems: () => [
      ...(refusal !== null && isWanted ? [`smime: nothing can be signed or decrypted: ${refusal}`] : []),
      ...[
        ...(keystore?.problems() ?? []),
        ...(trustProblem === null ? [] : [trustProblem]),
        ...(trust?.problems() ?? []),
      ].map((problem) => `smime: ${problem}`),
    ],
    async apply(options) {
      await openKeys(options);
      await openTrust(options);
    },
    async [Symbol.asyncDispose]() {
      await keystore?.[Symbol.asyncDispose]();
      await trust?.[Symbol.asyncDispose]();
    },
  };
}

const nobody = createTrust([]);

type Opening = Pick<KeystoreOptions, 'folder' | 'passphrase' | 'now'> & { readonly isHarvesting: boolean };

async function openOrRefuse({
  isHarvesting,
  ...options
}: Opening): Promise<Keystore | (Pick<Refusal, 'kind' | 'text'> & { code: string })> {
  return openKeystore({ ...options, ...(isHarvesting && { harvest: () => true }) }).catch((cause: unknown) => ({
    kind: 'refused' as const,
    code: 'keys.unavailable',
    text: cause instanceof Error ? cause.message : String(cause),
  }));
}

function passphraseOf({ passphraseEnv, passphraseFile }: SmimeOptions['keys']): PassphraseSource | null {
  if (passphraseEnv !== null) return { kind: 'env', name: passphraseEnv };
  return passphraseFile === null ? null : { kind: 'file', path: passphraseFile };
}

function hintOf(code: string): string {
  if (code === 'passphrase-missing') return ': set it, and run sluice reload (a variable needs a restart)';
  return code === 'passphrase-wrong' ? ': correct it, and run sluice reload' : '';
}
