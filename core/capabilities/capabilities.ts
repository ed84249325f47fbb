import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { capabilities, type CapabilityName } from '../../sdk/capabilities.ts';
import type { Log } from '../telemetry/telemetry.ts';
import type { Capability, HostCallSubject } from './capability.ts';
import { clockCapability } from './clock.ts';
import { directoryCapability, type LookedUp } from './directory.ts';
import { dnsCapability } from './dns.ts';
import { httpCapability } from './http.ts';
import { kvCapability } from './kv.ts';
import { createLimits, type LimitParts } from './limits.ts';
import { logCapability, type LogParts } from './log.ts';
import { mailauthCapability, noMailAuth, type MailAuthRoom } from './mailauth.ts';
import { messageCapability } from './message.ts';
import { openNames } from './names.ts';
import type { DnsOptions } from './options.ts';
import type { Redactor } from './redactor.ts';
import { scanCapability } from './scan.ts';
import { createReadKey, createReadSecret, secretsCapability } from './secrets.ts';
import { noKeys, smimeCapability, type SmimeRoom } from './smime.ts';
import { submitCapability, type MailRoom, type SubmitParts } from './submit.ts';

export type { HostCallSubject } from './capability.ts';

/** Answers the host calls of one event. Throws a RangeError whose text the sink may read, else a text that tells nothing. */
export type HostCalls = (name: string, args: readonly unknown[]) => Promise<unknown>;

export type CapabilityParts = LogParts &
  LimitParts &
  Omit<SubmitParts, 'limits' | 'mail'> & {
    readonly log: Log;
    readonly directory: LookedUp;
    readonly dns: DnsOptions;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly redactor: Redactor;
    /** Nothing is signed or decrypted without one. */
    readonly smime?: SmimeRoom;
    /** Nothing is verified or signed without one. */
    readonly mailauth?: MailAuthRoom;
    /** Certificates `http` trusts beside those of Node; in tests. */
    readonly ca?: string;
  };

/** The host side of every capability. Disposing of it ends what is under way. */
export type HostSide = Disposable & {
  /** Tells `submit` where mail goes: parts that are built after the sinks, and before the first event. */
  connect(mail: MailRoom): void;
  callsOf(subject: HostCallSubject): HostCalls;
};

type Table = { readonly [N in CapabilityName]: Capability<N> };

/** Opens every capability. Which one a call reaches is decided by its binding: what is not granted is not there. */
export function openCapabilities(parts: CapabilityParts): HostSide {
  const closing = new AbortController();
  const limits = createLimits(parts);
  const mail = Promise.withResolvers<MailRoom>();
  const given = { ...parts, limits, mail: mail.promise };
  const { now } = parts;
  const signal = (duration: number): AbortSignal => AbortSignal.any([closing.signal, AbortSignal.timeout(duration)]);
  const names = openNames(parts.dns);
  const readSecret = createReadSecret(parts);
  const within = async <T>(promise: Promise<T>, until: number): Promise<T | undefined> => {
    const over = new AbortController();
    const late = wait(Math.max(1, until - now()), undefined, {
      ref: false,
      signal: AbortSignal.any([closing.signal, over.signal]),
    });
    return await Promise.race([promise, late.catch(() => undefined)]).finally(() => over.abort());
  };
  const table: Table = {
    log: logCapability(given),
    clock: clockCapability(given),
    kv: kvCapability(given),
    message: messageCapability(),
    dns: dnsCapability({ resolver: names.resolver, limits, within }),
    http: httpCapability({ ...given, names, readSecret, signal }),
    scan: scanCapability({ limits, signal, now }),
    submit: submitCapability(given),
    directory: directoryCapability(given),
    secrets: secretsCapability({ readSecret }),
    smime: smimeCapability({ smime: parts.smime ?? noKeys, limits }),
    mailauth: mailauthCapability({
      room: parts.mailauth ?? noMailAuth,
      readKey: createReadKey(parts),
      hostname: async (virtualServer) => (await mail.promise).hostname(virtualServer),
    }),
  };
  return {
    connect: mail.resolve,
    callsOf: (subject) => hostCallsOf(table, parts, subject),
    [Symbol.dispose]() {
      closing.abort();
      names.resolver.cancel();
    },
  };
}

function hostCallsOf(table: Table, { log, now }: CapabilityParts, subject: HostCallSubject): HostCalls {
  const until = now() + subject.deadline;
  return async (name, args) => {
    const [capability = '', method = ''] = name.split('.');
    if (!isCapability(capability)) throw new RangeError('there is no such host call');
    const answer = methodOf(table, capability, method);
    if (!answer) throw new RangeError('there is no such host call');
    const grant = subject.binding.grants[capability];
    if (!grant) throw new RangeError(refusalText(subject, capability));
    try {
      return await answer({ ...subject, until, grant }, args);
    } catch (cause) {
      if (cause instanceof z.ZodError) throw new RangeError(argumentText(cause), { cause });
      if (cause instanceof RangeError) throw cause;
      log.error({ binding: subject.binding.key, call: name, cause: String(cause) }, 'a host call failed');
      throw new RangeError('not available now', { cause });
    }
  };
}

type Method = (
  call: HostCallSubject & { readonly until: number; readonly grant: unknown },
  args: readonly unknown[],
) => unknown;

function methodOf(table: Table, capability: CapabilityName, method: string): Method | null {
  const methods: object = table[capability];
  if (!Object.hasOwn(methods, method)) return null;
  const found: unknown = Reflect.get(methods, method);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the grant is that of the same capability, by name
  return found as Method;
}

const isCapability = (name: string): name is CapabilityName => Object.hasOwn(capabilities, name);

function argumentText({ issues }: z.ZodError): string {
  const [first] = issues;
  if (!first) return 'wrong arguments';
  const [at, ...inside] = first.path;
  const where = inside.length === 0 ? '' : ` (${inside.map(String).join('.')})`;
  return typeof at === 'number' ? `argument ${at + 1}${where}: ${first.message}` : `wrong arguments: ${first.message}`;
}

function refusalText({ binding: { sink, key } }: HostCallSubject, capability: CapabilityName): string {
  return `${capability} is not granted: add needs: ['${capability}'] to sink ${sink}, and ${capability} to the grants of the binding ${key}`;
}
