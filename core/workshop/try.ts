import { readFile } from 'node:fs/promises';
import { isEventName, type EventName } from '../../sdk/catalogue.ts';
import type { Manifest } from '../../sdk/manifest.ts';
import { contextOf, payloadOf } from '../../sdk/testing/testing.ts';
import { openCapabilities, type HostSide } from '../capabilities/capabilities.ts';
import { dnsOptions } from '../capabilities/options.ts';
import { createRedactor } from '../capabilities/redactor.ts';
import { openLog } from '../telemetry/telemetry.ts';
import { createMemoryKv } from './memory-kv.ts';
import { createMemoryContent } from './session/content.ts';
import { openTrial, type TrialEvent, type Tried } from './trial.ts';
import { guessEnvelope, viewMessage, type MessageView } from './view.ts';

/** A dry run of one sink on one message. */
export type TryOptions = {
  /** Holds `sink.ts`. */
  readonly folder: string;
  readonly octets: Uint8Array;
  /** Null: the first event of the sink that carries a message. */
  readonly event: EventName | null;
  /** `settings`, `grants` … as in the binding. */
  readonly binding: Readonly<Record<string, unknown>>;
};

/** What came of it, or why the sink cannot be tried. */
export type TryReport =
  | { readonly kind: 'problems'; readonly problems: readonly string[] }
  | {
      readonly kind: 'tried';
      readonly tried: Tried;
      readonly before: MessageView;
      readonly after: MessageView;
      /** Messages it would have sent. */
      readonly submitted: readonly string[];
      /** Octets the sandbox host takes, the sink in it; null where that cannot be told. */
      readonly memory: number | null;
    };

/**
 * Runs a sink on a message in the sandbox, without a server. Its `kv` is empty and forgotten, and what it submits goes
 * nowhere; `dns`, `http` and `scan` are real, as far as the binding grants them.
 */
export async function tryOut({ folder, octets, event, binding }: TryOptions): Promise<TryReport> {
  const submitted: string[] = [];
  using side = openSide(submitted);
  const opened = await openTrial({ folder, binding, host: (call) => side.callsOf(call) });
  if (opened.kind === 'problems') return opened;
  await using trial = opened.trial;
  const tried = await trial.fire(trialEventOf(trial.manifest, { event, octets }));
  const before = await viewMessage(octets);
  const after = tried.octets === null ? before : await viewMessage(tried.octets);
  return { kind: 'tried', tried, before, after, submitted, memory: await memoryOf(trial.host()) };
}

/** What a trial is about, as far as it is said: a message's envelope is guessed, and everything else has defaults. */
export function trialEventOf(
  { events }: Pick<Manifest, 'events'>,
  {
    event,
    octets,
    payload: said = {},
  }: {
    readonly event: EventName | null;
    readonly octets: Uint8Array | null;
    readonly payload?: Readonly<Record<string, unknown>>;
  },
): TrialEvent {
  const asked = event ?? firstOf(events.filter(isEventName));
  const { message, ...given } = payloadOf(asked).payload;
  const envelope = octets && 'envelope' in given ? { envelope: guessEnvelope(octets) } : {};
  return {
    event: asked,
    payload: { ...given, ...envelope, ...said },
    context: contextOf(),
    octets: message === undefined ? null : octets,
  };
}

/** What a message is for: the queue's event, then end-of-data, then whatever the sink handles first. */
function firstOf(handled: readonly EventName[]): EventName {
  const wanted = ['onArrival', 'onEndOfData'] as const;
  return wanted.find((event) => handled.includes(event)) ?? handled[0] ?? 'onArrival';
}

/** The capabilities as a trial has them. @param submitted gets what the sink sends */
export function openSide(submitted: string[]): HostSide {
  const content = createMemoryContent();
  let ids = 0;
  const side = openCapabilities({
    kv: createMemoryKv(),
    log: openLog({ level: 'fatal' }),
    record: () => undefined,
    now: Date.now,
    randomId: () => `try${(ids += 1)}`,
    directory: {
      resolve: async (address) =>
        address.endsWith('@example.test') ? { kind: 'user', user: address } : { kind: 'remote' },
      attributesOf: () => ({}),
    },
    dns: dnsOptions.parse({}),
    env: process.env,
    redactor: createRedactor(),
    counters: { add: () => undefined },
  });
  side.connect({
    accept: async (submission) => {
      submitted.push(Buffer.from(await content.read(submission.content)).toString());
    },
    write: (octets) => content.write(octets),
    hostname: () => 'mail.example.test',
  });
  return side;
}

/** Resident octets of a process, where the kernel tells (Linux). */
async function memoryOf(pid: number | null): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}
