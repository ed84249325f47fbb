import { decodeRun, type Done, type Frame } from './bridge.ts';
import { limits } from './capabilities/limits.ts';
import {
  buildIsolate,
  shareText,
  type Built,
  type Code,
  type ReadOctets,
  type SharedText,
  type SinkIsolate,
} from './isolate.ts';
import { buildQuickJs } from './quickjs.ts';

type Tenant = { readonly code: Code; readonly settings: string; isolate: SinkIsolate | null };
type Body = { readonly octets: Buffer; shared: SharedText | null };
/** What a frame asks for. */
export type Task = {
  /** Milliseconds it may keep the isolates' thread busy. */
  readonly allowed: number;
  /** What must be prepared before it runs, because it may build an isolate of QuickJS; null for nothing. */
  readonly quickjs: Pick<Code, 'memory'> | null;
  readonly run: () => Done | null;
};

const loading = 4 * limits.load;
const notOpen = 'the isolate is not open';

/**
 * Everything one sandbox host holds: isolates by number, and messages by number, each once for all isolates.
 *
 * @returns a function that says what a frame asks for; null is what comes of a frame that has no answer
 */
export function createRoom(): (frame: Frame) => Task {
  const tenants = new Map<number, Tenant>();
  const bodies = new Map<number, Body>();
  const readOctets = readFrom(bodies);
  return (frame) => {
    const { kind, number, body } = frame;
    if (kind === 'run') return planRun(tenants, body, readOctets);
    if (kind === 'open') return planOpen(tenants, readRequest(body), readOctets);
    if (kind === 'describe') return planDescribe(readRequest(body));
    if (kind === 'close') return quietly(() => close(tenants, number));
    if (kind === 'octets') return quietly(() => bodies.set(number, { octets: body, shared: null }));
    return quietly(() => kind === 'free' && bodies.delete(number));
  };
}

function readFrom(bodies: ReadonlyMap<number, Body>): ReadOctets {
  return (number, from, to) => {
    const body = bodies.get(number);
    if (!body) return null;
    if (from !== -1)
      return isRange(from, to) ? body.octets.toString('latin1', from, Math.min(to, body.octets.length)) : null;
    if (body.octets.length > limits.octetsShared) return null;
    body.shared ??= shareText(body.octets.toString('latin1'));
    return body.shared;
  };
}

/** Checked inside the isolate already, where a sink may have broken the check. */
function isRange(from: number, to: number): boolean {
  return Number.isInteger(from) && Number.isInteger(to) && from >= 0 && to >= from && to - from <= limits.octetsRange;
}

/** Body of an `open` or `describe` frame: JSON written by the core. */
type Request = { readonly tenant?: number; readonly code: Code; readonly settings?: string };

/** @throws RangeError when the core breaks the protocol */
function readRequest(body: Buffer): Request {
  const request: unknown = JSON.parse(body.toString('utf8'));
  if (!isRequest(request)) throw new RangeError('a request without code');
  return request;
}

function isRequest(value: unknown): value is Request {
  if (typeof value !== 'object' || value === null || !('code' in value)) return false;
  const { code } = value;
  if (typeof code !== 'object' || code === null || !('code' in code) || !('memory' in code)) return false;
  return 'name' in code && typeof code.code === 'string' && typeof code.memory === 'number' && 'outbox' in code;
}

/** What it takes to build, beside the time. */
function needOf(code: Code): Pick<Task, 'quickjs'> {
  return { quickjs: code.engine === 'quickjs' ? code : null };
}

function buildWith(code: Code, readOctets: ReadOctets): Built {
  return code.engine === 'quickjs' ? buildQuickJs(code, readOctets) : buildIsolate(code, readOctets);
}

function planDescribe({ code }: Request): Task {
  return {
    allowed: loading,
    ...needOf(code),
    run() {
      const built = buildWith(code, () => null);
      if (built.kind === 'failed') return built.done;
      built.isolate.dispose();
      return { status: 'ok', cpu: 0, text: built.isolate.manifest };
    },
  };
}

function planOpen(tenants: Map<number, Tenant>, request: Request, readOctets: ReadOctets): Task {
  const { tenant: number = 0, code, settings = '{}' } = request;
  return {
    allowed: loading,
    ...needOf(code),
    run() {
      close(tenants, number);
      const tenant: Tenant = { code, settings, isolate: null };
      tenants.set(number, tenant);
      return build(tenant, readOctets);
    },
  };
}

/** Builds and configures; a tenant that cannot be built stays, and its next frame tries again. */
function build(tenant: Tenant, readOctets: ReadOctets): Done {
  const built = buildWith(tenant.code, readOctets);
  if (built.kind === 'failed') return built.done;
  const { isolate } = built;
  const done: Done = isolate.manifest.startsWith('{"manifest"')
    ? isolate.configure(tenant.settings)
    : { status: 'ok', cpu: 0, text: isolate.manifest };
  if (done.text === '{"problems":[]}') tenant.isolate = isolate;
  else isolate.dispose();
  return done;
}

function planRun(tenants: ReadonlyMap<number, Tenant>, body: Buffer, readOctets: ReadOctets): Task {
  const { tenant: number, slice, text } = decodeRun(body);
  const tenant = tenants.get(number);
  if (!tenant) return { allowed: slice, quickjs: null, run: () => ({ status: 'unbuilt', cpu: 0, text: notOpen }) };
  return {
    allowed: tenant.isolate ? slice : slice + loading,
    quickjs: tenant.isolate ? null : needOf(tenant.code).quickjs,
    run() {
      const building = tenant.isolate ? null : build(tenant, readOctets);
      if (!tenant.isolate) return { status: 'unbuilt', cpu: 0, text: building?.text ?? '' };
      const done = tenant.isolate.pump(text, slice);
      if (done.status !== 'ok') tenant.isolate = null;
      return done;
    },
  };
}

function close(tenants: Map<number, Tenant>, number: number): void {
  tenants.get(number)?.isolate?.dispose();
  tenants.delete(number);
}

/** What has no answer. */
function quietly(run: () => unknown): Task {
  return {
    allowed: loading,
    quickjs: null,
    run: () => {
      run();
      return null;
    },
  };
}
