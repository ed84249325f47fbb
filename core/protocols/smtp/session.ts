import type { Session } from '../../../sdk/context.ts';
import type { ChannelBindings } from '../../auth/channel-bindings.ts';
import type { Transaction } from './transaction.ts';

type Endpoint = Session['remote'];
export type TlsState = NonNullable<Session['tls']>;

/** Tags on one session; more are left out: a sink must not make a session grow without end. */
const mostTags = 100;

/** What is known of one client connection. Steps read and change it; sockets are not its business. */
export class SmtpSession {
  readonly id: string;
  readonly remote: Endpoint;
  readonly local: Endpoint;
  /** The greeting was 554: nothing but QUIT is served (RFC 5321 §3.1). */
  isRefused = false;
  /** Messages accepted. */
  accepted = 0;
  /** MAIL commands served. */
  transactions = 0;
  transaction: Transaction | null = null;
  /** Logins that failed. */
  failedLogins = 0;
  readonly #gone = new AbortController();
  #tls: TlsState | null = null;
  /** What ties a login to the TLS connection; null without TLS. */
  bindings: ChannelBindings | null = null;
  #identity: string | null = null;
  #ehlo: string | null = null;
  #offered: ReadonlySet<string> = nothing;
  #tags: Session['tags'] = {};
  #tagsBeforeEhlo: Session['tags'] = {};
  #seen: Session | null = null;

  constructor(id: string, remote: Endpoint, local: Endpoint) {
    this.id = id;
    this.remote = remote;
    this.local = local;
  }

  get tls(): TlsState | null {
    return this.#tls;
  }

  /** Aborted when the client is gone. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** The client is gone. */
  close(): void {
    this.#gone.abort();
  }

  /** Who authenticated; null while nobody did. */
  get identity(): string | null {
    return this.#identity;
  }

  authenticate(identity: string): void {
    this.#identity = identity;
    this.#seen = null;
  }

  /** The domain of EHLO or HELO; null before it. */
  get ehlo(): string | null {
    return this.#ehlo;
  }

  /** Whether EHLO was answered, and not HELO. */
  get isExtended(): boolean {
    return this.#offered !== nothing;
  }

  /** Whether EHLO announced the capability. What was not announced is refused. */
  offers(keyword: string): boolean {
    return this.#offered.has(keyword);
  }

  /** EHLO or HELO succeeded: a transaction there was is over (RFC 5321 §4.1.4). @param offered null for HELO */
  introduce(domain: string, offered: ReadonlySet<string> | null): void {
    this.reset();
    this.#ehlo = domain;
    this.#offered = offered ?? nothing;
    this.#seen = null;
  }

  /** TLS is up: what the client said in the clear may have been said by anybody (RFC 3207 §4.2). */
  secure(tls: TlsState, bindings: ChannelBindings | null): void {
    this.reset();
    this.#tls = tls;
    this.bindings = bindings;
    this.#identity = null;
    this.#ehlo = null;
    this.#offered = nothing;
    this.#tags = this.#tagsBeforeEhlo;
    this.#seen = null;
  }

  addTags(tags: Session['tags']): void {
    const names = Object.keys(tags);
    if (names.length === 0) return;
    this.#tags = Object.fromEntries(Object.entries({ ...this.#tags, ...tags }).slice(0, mostTags));
    if (this.#ehlo === null) this.#tagsBeforeEhlo = this.#tags;
    this.#seen = null;
  }

  /** Ends the transaction, if there is one, without a message. */
  reset(): void {
    this.transaction?.end();
    this.transaction = null;
  }

  /** As events and the queue carry it; the same object while nothing changed. */
  get seen(): Session {
    this.#seen ??= {
      id: this.id,
      protocol: 'smtp',
      remote: this.remote,
      local: this.local,
      tls: this.#tls,
      identity: this.#identity,
      ehlo: this.#ehlo,
      tags: this.#tags,
    };
    return this.#seen;
  }
}

const nothing: ReadonlySet<string> = new Set();
