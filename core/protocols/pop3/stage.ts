import type { DropMessage, Maildrop } from './maildrop.ts';
import type { Response } from './response.ts';

/** What can be had on this connection as it is now. */
export type Access = {
  /** Whether USER, PASS and AUTH may be used. */
  readonly takesPasswords: boolean;
  readonly mechanisms: readonly string[];
  readonly offersTls: boolean;
};

/** The AUTHORIZATION state (RFC 1939 §4): nobody has logged in. */
type Authorization = {
  readonly kind: 'authorization';
  readonly access: () => Access;
  /** What the last USER said; null when the next command must not be PASS. */
  user: string | null;
  /** Verifies, asks the sinks, locks and opens the maildrop; the session is in TRANSACTION when it answers +OK. */
  login(user: string, password: string): Promise<Response>;
  /** AUTH; likewise. */
  authenticate(mechanism: string, initial: string | null): Promise<Response>;
};

/** The TRANSACTION state (RFC 1939 §5). */
export type Transaction = {
  readonly kind: 'transaction';
  readonly access: () => Access;
  readonly drop: Maildrop;
  /** Asks the sinks whether the client may have a message. @returns the refusal; null when nobody minds */
  refusalOf(verb: 'RETR' | 'TOP', message: DropMessage): Promise<Response | null>;
};

/** Where a session is. UPDATE (§6) has no commands: it is what QUIT does. */
export type Stage = Authorization | Transaction;
export type StageName = Stage['kind'];
export type StageOf<Name extends StageName> = Extract<Stage, { readonly kind: Name }>;
