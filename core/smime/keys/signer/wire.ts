import type { PrivateKeyOperation } from '../../private-key.ts';
import type { KeyEntry, KeyOwner } from '../entry.ts';
import type { Refusal } from '../refusal.ts';
import type { ScryptCost } from '../sealing.ts';

/** Where the passphrase is; only the thread of the keys ever reads it. */
export type PassphraseSource =
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string };

/** What the thread is started with. */
export type SignerStart = {
  readonly folder: string;
  readonly passphrase: PassphraseSource;
  readonly cost: ScryptCost;
};

/** A file with keys: read by the thread itself where possible, so that nothing of it is ever elsewhere. */
export type KeySource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'octets'; readonly octets: Uint8Array };

/** What the thread is asked. */
export type Ask =
  | { readonly kind: 'use'; readonly key: string; readonly operation: PrivateKeyOperation }
  | {
      readonly kind: 'import';
      readonly source: KeySource;
      readonly password: string | null;
      readonly owner: KeyOwner | null;
      /** Epoch ms. */
      readonly at: number;
    }
  | { readonly kind: 'remove'; readonly key: string };

/** What it answers. Nothing of a private key is in any answer. */
export type Answer =
  | { readonly kind: 'octets'; readonly octets: Uint8Array }
  | { readonly kind: 'imported'; readonly entries: readonly KeyEntry[] }
  | { readonly kind: 'removed' }
  /** A key could not do what was asked; `reason` is for a log. */
  | { readonly kind: 'failed'; readonly reason: string }
  | Refusal;

/** The first thing it says. */
export type Opening =
  | { readonly kind: 'open'; readonly entries: readonly KeyEntry[]; readonly problems: readonly string[] }
  | Refusal;

export type Asked = { readonly id: number; readonly ask: Ask };
export type Answered = { readonly id: number; readonly answer: Answer };
