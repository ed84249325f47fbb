import type { Engine } from '../engine.ts';
import { Fault } from '../errors.ts';
import { usualLimits, type Limits } from '../limits.ts';
import type { Log } from '../telemetry/telemetry.ts';
import { limits } from './capabilities/limits.ts';
import type { Bundle, TenantOptions } from './contract.ts';
import { openingWall, type Fleet } from './fleet.ts';
import type { Outcome } from './frames.ts';
import { createStackReader } from './stack.ts';
import { Tenant } from './tenant.ts';

export type Opening = { readonly fleet: Fleet; readonly log: Log };
/** A tenant, or null and what is wrong with the settings. */
export type Opened = { readonly tenant: Tenant | null; readonly problems: readonly string[] };

/** Loads a bundle in a throw-away isolate of the spare. @returns its manifest, unchecked @throws Fault sandbox.load */
export async function describeBundle(bundle: Bundle, engine: Engine, { fleet }: Opening): Promise<unknown> {
  const body = Buffer.from(JSON.stringify({ code: codeOf(bundle, engine, usualLimits) }));
  const report = await ask({ kind: 'describe', body, opens: null, who: bundle.name }, bundle, fleet);
  return report.manifest;
}

let lastNumber = 0;

/**
 * Opens an isolate where its calls will run. The spare tries it first: a bundle that ends its host ends no call.
 *
 * @throws Fault sandbox.load
 */
export async function openTenant(options: TenantOptions, { fleet, log }: Opening): Promise<Opened> {
  const { id, bundle, settings, engine = 'isolate' } = options;
  const own = { ...usualLimits, ...options.limits };
  const number = (lastNumber += 1);
  const body = Buffer.from(
    JSON.stringify({ tenant: number, code: codeOf(bundle, engine, own), settings: JSON.stringify(settings ?? {}) }),
  );
  const tenant = new Tenant({
    number,
    id,
    opening: body,
    map: bundle.map,
    limits: own,
    onReady: (ready) => fleet.schedule(ready),
    onAnswered: (host) => fleet.scheduleHost(host),
    onStruck: (struck) => fleet.strike(struck),
    onLog: (level, text) => log[isLevel(level) ? level : 'info']({ sink: id }, text),
    onLimit: options.onLimit ?? ((hit) => log.warn({ sink: id, ...hit }, 'a sink met one of its limits')),
  });
  tenant.isStruck = options.isStruck ?? false;
  try {
    const { problems } = await ask({ kind: 'open', body, opens: number, who: id }, bundle, fleet);
    const read = Array.isArray(problems) ? problems.map(String) : ['the settings cannot be validated'];
    if (read.length === 0) fleet.admit(tenant);
    else fleet.dismiss(tenant);
    return { tenant: read.length === 0 ? tenant : null, problems: read };
  } catch (thrown) {
    fleet.dismiss(tenant);
    throw thrown;
  }
}

/** What a host needs to build an isolate: see `Code`. */
function codeOf({ name, code }: Bundle, engine: Engine, own: Limits) {
  const { memory, hostCalls, inFlight, log, outbox, errorText } = own;
  return { name, code, engine, memory, hostCalls, inFlight, log, outbox, errorText };
}

function isLevel(level: string): level is 'debug' | 'info' | 'warn' | 'error' {
  return ['debug', 'info', 'warn', 'error'].includes(level);
}

/** `opens`: the number of the isolate the host has from then on; null when it keeps none. */
type Request = {
  readonly kind: 'describe' | 'open';
  readonly body: Buffer;
  readonly opens: number | null;
  readonly who: string;
};

/** Asks the spare; asks the next one when that was lost for another reason. */
async function ask({ kind, body, opens, who }: Request, bundle: Bundle, fleet: Fleet): Promise<Report> {
  for (let attempt = 0; attempt <= limits.replays; attempt += 1) {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const isAsked = await fleet.try(kind, body, opens, { wall: openingWall, who, settle: resolve });
    if (!isAsked) break;
    const outcome = await promise;
    if (outcome.kind === 'done') return readOutcome(outcome, bundle);
    if (outcome.isCulprit) throw refused(bundle, 'loading it ended its sandbox host');
  }
  throw new Fault('sandbox.stopped');
}

const reasons: Readonly<Record<string, string>> = {
  timeout: `loading it takes longer than ${limits.load} ms`,
  memory: 'loading it takes more memory than it may use',
  outbox: 'loading it writes more log than it may',
};

/** What the bridge inside an isolate says of loading and configuring. */
type Report = { readonly manifest?: unknown; readonly problems?: unknown };

/** @throws Fault sandbox.load */
function readOutcome({ status, text }: Outcome & { readonly kind: 'done' }, bundle: Bundle): Report {
  if (status !== 'ok') throw refused(bundle, reasons[status] ?? text);
  const report = parse(text);
  if (!report) throw refused(bundle, 'what it says of itself cannot be read');
  if ('threw' in report) throw refused(bundle, String(report.threw));
  if ('missing' in report)
    throw refused(bundle, `${String(report.missing)}: sink.ts must export default defineSink({ … })`);
  return report;
}

function parse(text: string): object | null {
  try {
    const report: unknown = JSON.parse(text);
    return typeof report === 'object' ? report : null;
  } catch {
    return null;
  }
}

/** @param error a text, or a stack whose positions are still those of the bundle */
function refused({ name, map }: Bundle, error: string): Fault {
  const { text, at } = createStackReader(map).read(error);
  return new Fault('sandbox.load', {
    sink: name,
    error: text,
    ...(at && { at: `${at.file}:${at.line}:${at.column}` }),
  });
}
