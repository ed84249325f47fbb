import type { Authentication, AuthFailure, SignedFields } from '../../sdk/capabilities/mailauth.ts';

/** Where the client of a message was, as SPF looks at it (RFC 7208 §2.4). Empty texts: not known. */
export type Origin = {
  /** IPv4 or IPv6. */
  readonly address: string;
  readonly helo: string;
  /** `''` is the null reverse-path. */
  readonly reversePath: string;
};

/** A private key, in PEM, and where its public half is: `<selector>._domainkey.<domain>`. */
export type SigningKey = { readonly domain: string; readonly selector: string; readonly pem: string };

export type Work =
  | { readonly kind: 'verify'; readonly origin: Origin; readonly authservId: string }
  | { readonly kind: 'sign'; readonly keys: readonly SigningKey[] }
  | { readonly kind: 'seal'; readonly key: SigningKey; readonly results: string; readonly chain: 'none' | 'pass' };

export type Answer = Authentication | SignedFields | AuthFailure;

/** What goes to the thread and comes back. */
export type Task = { readonly id: number; readonly octets: Uint8Array; readonly work: Work };
export type Done = { readonly id: number; readonly answer: Answer };

/** What the thread is given when it starts. Durations in milliseconds. */
export type ThreadOptions = {
  /** Name servers; null: those of the machine. */
  readonly servers: readonly string[] | null;
  readonly timeout: number;
  readonly tries: number;
  /** For one message, waiting for DNS included. */
  readonly deadline: number;
};
