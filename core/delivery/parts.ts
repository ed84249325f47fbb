import type { ContentStore } from '../database/content.ts';
import type { Remote } from '../database/database.ts';
import type { Directory } from '../directory/directory.ts';
import type { Dispatcher, EditableMessage } from '../events/dispatch.ts';
import type { NextRoute, Relay } from '../relay/relay.ts';
import type { RetryOptions } from '../relay/options.ts';
import type { Generation } from '../events/generation.ts';
import type { Queue } from '../queue/queue.ts';
import type { Log, TraceEntry } from '../telemetry/telemetry.ts';
import type * as operations from './operations.ts';

/** A message opened for a chain of sinks; `write` gives the octets it was opened from when nothing was edited. */
export type OpenedMessage = EditableMessage & { write(): Uint8Array | Promise<Uint8Array> };

/** `retry` null: as the virtual server says. */
export type Way = { readonly route: NextRoute; readonly retry: RetryOptions | null };

/** How a virtual server sends. */
export type SendingPolicy = {
  /** When mail is tried again. */
  readonly retry: RetryOptions;
  /** How often it may have been handed on. */
  readonly maxHops: number;
  /** Who gets a copy of each report of a failure. */
  readonly reportCopyTo: string | null;
  /** What stands for our own domains in the reverse-path of mail that leaves. */
  readonly masquerade: string | null;
};

/** What delivery is given by `platform.ts`. */
export type DeliveryParts = {
  readonly queue: Queue;
  readonly content: ContentStore;
  readonly directory: Pick<Directory, 'resolve' | 'isLocalDomain'>;
  readonly relay: Relay;
  /** The way mail for a domain takes, as the configuration says. @throws Fault when a password cannot be read */
  routeTo(domain: string): Way;
  /** Aborted when delivery stops. */
  readonly stopping: AbortSignal;
  /** Whether an operator keeps mail for this destination back. */
  isFrozen(destination: string): boolean;
  policyOf(virtualServer: string): SendingPolicy;
  readonly dispatcher: Dispatcher;
  /** The one in force; pinned by a message when its chain starts. */
  generation(): Generation;
  /** `database.operations('delivery')`. */
  readonly operations: Remote<typeof operations.writes>;
  /** Opens large messages off the serving loop. @param id names the octets, and no others @param largest octets the next hop takes, where known */
  openEditable(octets: Uint8Array, id: string, largest?: number | null): Promise<OpenedMessage>;
  /** What a virtual server calls itself: Reporting-MTA and the domain of reports (RFC 3464 §2.2.2). */
  hostname(virtualServer: string): string;
  readonly log: Log;
  record(entry: TraceEntry): void;
  /** Epoch milliseconds. */
  now(): number;
  randomId(): string;
};
