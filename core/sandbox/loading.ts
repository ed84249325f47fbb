import { Fault } from '../errors.ts';
import type { Log } from '../telemetry/telemetry.ts';
import { limits } from './capabilities/limits.ts';
import { openingWall, type Fleet } from './fleet.ts';
import type { Outcome } from './frames.ts';
import type { Bundle, TenantOptions } from './sandbox.ts';
import { createStackReader } from './stack.ts';
import type { Host } from './supervisor.ts';
import { Tenant } from './tenant.ts';

export type Opening = {
  readonly fleet: Fleet;
  readonly log: Log;
  /** Octets for describing. */ readonly memory: number;
};

/** Loads a bundle in a throw-away isolate of the spare. @returns its manifest, unchecked @throws Fault sandbox.load */
export async function describeBundle(bundle: Bundle, { fleet, memory }: Opening): Promise<unknown> {
  const body = Buffer.from(JSON.stringify({ code: { name: bundle.name, code: bundle.code, memory } }));
  const text = await ask('describe', body, bundle, fleet);
  const { manifest } = readReport(text, bundle);
  if (JSON.stringify(manifest).length > limits.manifest) throw refused(bundle, 'its manifest is larger than 64 KB');
  return manifest;
}

/**
 * Opens an isolate where its calls will run. The spare tries it first: a bundle that ends its host ends no call.
 *
 * @returns the tenant, or null and what is wrong with the settings
 * @throws Fault sandbox.load
 */
export async function openTenant(
  { id, bundle, settings, memory }: TenantOptions,
  { fleet, log }: Opening,
): Promise<{ readonly tenant: Tenant | null; readonly problems: readonly string[] }> {
  const number = (lastNumber += 1);
  const code = { name: bundle.name, code: bundle.code, memory };
  const opening = Buffer.from(JSON.stringify({ tenant: number, code, settings: JSON.stringify(settings ?? {}) }));
  const tenant = new Tenant({
    ...{ number, id, opening, map: bundle.map },
    onReady: (ready) => fleet.schedule(ready),
    onLog: (level, text) => log[isLevel(level) ? level : 'info']({ sink: id }, text),
  });
  const problems = await tryOpening(tenant, bundle, fleet);
  if (problems.length > 0) return { tenant: null, problems };
  fleet.admit(tenant, fleet.pick());
  return { tenant, problems: [] };
}

let lastNumber = 0;

async function tryOpening(tenant: Tenant, bundle: Bundle, fleet: Fleet): Promise<readonly string[]> {
  const text = await ask('open', tenant.opening, bundle, fleet, (host) => host.opened.add(tenant.number));
  const { problems } = readReport(text, bundle);
  const read = Array.isArray(problems) ? problems.map(String) : ['the settings cannot be validated'];
  if (read.length > 0) fleet.dismiss(tenant);
  return read;
}

function isLevel(level: string): level is 'debug' | 'info' | 'warn' | 'error' {
  return ['debug', 'info', 'warn', 'error'].includes(level);
}

/** Asks the spare; asks the next one when that was lost for another reason. @returns JSON */
async function ask(
  kind: 'describe' | 'open',
  body: Buffer,
  bundle: Bundle,
  fleet: Fleet,
  before: (host: Host) => void = () => undefined,
): Promise<string> {
  for (let attempt = 0; attempt <= limits.replays; attempt += 1) {
    const host = await fleet.forTrial();
    if (!host) throw new Fault('sandbox.stopped');
    before(host);
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    host.ask(kind, body, { wall: openingWall, settle: resolve });
    fleet.watch();
    const outcome = await promise;
    if (outcome.kind === 'done') return readDone(outcome, bundle);
    if (outcome.isCulprit) throw refused(bundle, 'loading it ended its sandbox host');
  }
  throw new Fault('sandbox.stopped');
}

function readDone(done: Outcome & { readonly kind: 'done' }, bundle: Bundle): string {
  if (done.status === 'ok') return done.text;
  const reasons: Readonly<Record<string, string>> = {
    timeout: `loading it takes longer than ${limits.load} ms`,
    memory: 'loading it takes more memory than it may use',
    outbox: 'loading it writes more log than it may',
  };
  throw refused(bundle, reasons[done.status] ?? done.text);
}

type Report = { readonly manifest?: unknown; readonly problems?: unknown };

/** Reads what the bridge inside the isolate says of loading and configuring. @throws Fault sandbox.load */
function readReport(text: string, bundle: Bundle): Report {
  const report: unknown = JSON.parse(text);
  if (typeof report !== 'object' || report === null) throw refused(bundle, 'it says nothing of itself');
  if ('threw' in report) throw refused(bundle, String(report.threw));
  if ('missing' in report) throw refused(bundle, missing(String(report.missing)));
  return report;
}

function missing(what: string): string {
  return `${what}: export default defineSink({ … }) is what a sink.ts must have`;
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
