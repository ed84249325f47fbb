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

/** What delivery is given by `platform.ts`. */
export type DeliveryParts = {
  readonly queue: Queue;
  readonly content: ContentStore;
  readonly directory: Pick<Directory, 'resolve' | 'isLocalDomain'>;
  readonly relay: Relay;
  /** The way mail for a domain takes, as the configuration says. @throws Fault when a password cannot be read */
  routeTo(domain: string): Way;
  /** Whether an operator keeps mail for this destination back. */
  isFrozen(destination: string): boolean;
  /** When mail of a virtual server is tried again, and how often it may have been handed on. */
  policyOf(virtualServer: string): { readonly retry: RetryOptions; readonly maxHops: number };
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
