import type { Reply } from '../../sdk/reply.ts';

/** A session in which we are the client, as those who watch it see it. */
export type RelaySession = {
  readonly id: string;
  readonly host: string;
  readonly remote: { readonly address: string; readonly port: number };
  readonly local: { readonly address: string; readonly port: number };
  readonly tls: { readonly version: string; readonly cipher: string } | null;
  /** What we greeted with; null before. */
  readonly ehlo: string | null;
};

/** Not to go on: 4yz to try again later, 5yz to give up. */
export type Stop = { readonly kind: 'stop'; readonly reply: Reply };

/** Who may have a say while a message is handed on; delivery asks sinks. Null where nobody listens: nothing is awaited. */
export type RelayHooks = {
  readonly sessionStart: ((session: RelaySession, name: string) => Promise<Stop | { kind: 'go'; name: string }>) | null;
  readonly messageStart:
    | ((session: RelaySession, reversePath: string) => Promise<Stop | { kind: 'go'; reversePath: string }>)
    | null;
  readonly perRecipient:
    | ((
        session: RelaySession,
        recipient: string,
      ) => Promise<Stop | { kind: 'drop' } | { kind: 'go'; recipient: string }>)
    | null;
  /** The last that may change octets: what signs the message signs it here. `largest`: what the host takes, null when it did not say. */
  readonly beforeData:
    | ((
        session: RelaySession,
        octets: Uint8Array,
        largest: number | null,
      ) => Promise<Stop | { kind: 'go'; octets: Uint8Array }>)
    | null;
  /** @returns the reply as it is to be taken */
  readonly serverResponse: ((session: RelaySession, verb: string, reply: Reply) => Promise<Reply>) | null;
  readonly sessionEnd: ((session: RelaySession) => Promise<void>) | null;
};

export const noHooks: RelayHooks = {
  sessionStart: null,
  messageStart: null,
  perRecipient: null,
  beforeData: null,
  serverResponse: null,
  sessionEnd: null,
};
