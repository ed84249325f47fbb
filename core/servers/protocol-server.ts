import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Auth } from '../auth/auth.ts';
import type { ContentStore } from '../database/content.ts';
import type { Directory } from '../directory/directory.ts';
import type { Dispatcher, EditableMessage } from '../events/dispatch.ts';
import type { Generation } from '../events/generation.ts';
import type { Queue } from '../queue/queue.ts';
import type { Store } from '../store/store.ts';
import type { Log, TraceEntry } from '../telemetry/telemetry.ts';

/** Why a virtual server takes no further connection; the protocol says it in its own words. */
export type Refusal = 'too-many-connections' | 'too-many-from-address' | 'paused' | 'denied';

/**
 * What speaks a protocol on the connections of one virtual server. It does not listen: `virtual-server.ts` does, so
 * that a listener can move without a session noticing.
 */
export type ProtocolServer<Options = never> = AsyncDisposable & {
  /** Serves a connection from the greeting to its end. Never throws: what goes wrong ends this connection only. */
  accept(socket: Socket): void;
  /** Tells the client, in the words of the protocol, that it is not served, and closes. */
  refuse(socket: Socket, why: Refusal): void;
  /** Open sessions. */
  readonly sessions: number;
  /**
   * Ends every session at its next command boundary; content on its way in is finished first.
   *
   * @param grace milliseconds until whoever is left is cut off
   */
  drain(grace: number): Promise<void>;
  /** New options, without dropping a session: a command that has begun ends under the old ones. */
  configure(options: Options): void;
};

/** The certificate STARTTLS and STLS use: null while there is none, and then they are not offered. */
export type CurrentTls = () => SecureContext | null;

/** A message a chain of sinks can edit, and the one writer that puts it together again. */
export type OpenedMessage = EditableMessage & {
  /** With all edits; the octets it was opened from when nothing was edited. */
  write(): Uint8Array | Promise<Uint8Array>;
};

/** What protocols get from `platform.ts`; each takes the part it uses. */
export type Services = {
  readonly dispatcher: Dispatcher;
  /** The current one. */
  generation(): Generation;
  readonly queue: Queue;
  readonly store: Store;
  readonly directory: Directory;
  readonly auth: Auth;
  readonly content: ContentStore;
  /** Opens large messages off the serving loop. */
  openEditable(octets: Uint8Array, traceId: string): Promise<OpenedMessage>;
  readonly log: Log;
  record(entry: TraceEntry): void;
  /** Epoch milliseconds. */
  now(): number;
  /** Printable, without spaces: it goes into replies and Received fields. */
  randomId(): string;
};
