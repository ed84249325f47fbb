import { decodeRun, type Done, type Frame } from './bridge.ts';
import { limits } from './capabilities/limits.ts';
import { buildIsolate, shareText, type Code, type ReadOctets, type SharedText, type SinkIsolate } from './isolate.ts';

type Tenant = { readonly code: Code; readonly settings: string; isolate: SinkIsolate | null };
type Body = { readonly octets: Buffer; shared: SharedText | null };

/** Everything one sandbox host holds: isolates by number, and messages by number, each once for all isolates. */
export type Room = {
  /** Does what a frame asks. @returns null for frames that have no answer */
  take(frame: Frame): Done | null;
  /** How long a frame may keep the isolates' thread busy, milliseconds. */
  allowed(frame: Frame): number;
};

export function createRoom(): Room {
  const tenants = new Map<number, Tenant>();
  const bodies = new Map<number, Body>();
  const readOctets = readFrom(bodies);

  const take = (frame: Frame): Done | null => {
    switch (frame.kind) {
      case 'open':
        return open(tenants, frame, readOctets);
      case 'describe':
        return describe(frame);
      case 'run':
        return run(tenants, frame, readOctets);
      case 'close':
        close(tenants, frame.number);
        return null;
      case 'octets':
        bodies.set(frame.number, { octets: frame.body, shared: null });
        return null;
      case 'free':
        bodies.delete(frame.number);
        return null;
      case 'ready':
      case 'done':
        return null;
    }
  };
  const allowed = (frame: Frame): number => {
    if (frame.kind !== 'run') return 4 * limits.load;
    const { tenant, slice } = decodeRun(frame.body);
    return tenants.get(tenant)?.isolate ? slice : slice + 4 * limits.load;
  };
  return { take, allowed };
}

function readFrom(bodies: ReadonlyMap<number, Body>): ReadOctets {
  return (number, from, to) => {
    const body = bodies.get(number);
    if (!body) return null;
    if (from === -1) {
      if (body.octets.length > limits.octetsShared) return null;
      body.shared ??= shareText(body.octets.toString('latin1'));
      return body.shared;
    }
    if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to < from || to - from > limits.octetsRange)
      return null;
    return body.octets.toString('latin1', from, Math.min(to, body.octets.length));
  };
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
  if (typeof code !== 'object' || code === null) return false;
  return (
    'name' in code &&
    'code' in code &&
    'memory' in code &&
    typeof code.code === 'string' &&
    typeof code.memory === 'number'
  );
}

function describe({ body }: Frame): Done {
  const built = buildIsolate(readRequest(body).code, () => null);
  if (built.kind === 'failed') return built.done;
  const { manifest, dispose } = built.isolate;
  dispose();
  return { status: 'ok', cpu: 0, text: manifest };
}

function open(tenants: Map<number, Tenant>, { body }: Frame, readOctets: ReadOctets): Done {
  const { tenant: number = 0, code, settings = '{}' } = readRequest(body);
  close(tenants, number);
  const tenant: Tenant = { code, settings, isolate: null };
  tenants.set(number, tenant);
  return build(tenant, readOctets);
}

/** Builds and configures; a tenant that cannot be built stays, and its next frame tries again. */
function build(tenant: Tenant, readOctets: ReadOctets): Done {
  const built = buildIsolate(tenant.code, readOctets);
  if (built.kind === 'failed') return built.done;
  const { isolate } = built;
  const done = isolate.manifest.startsWith('{"manifest"')
    ? isolate.configure(tenant.settings)
    : { status: 'ok' as const, cpu: 0, text: isolate.manifest };
  if (done.text === '{"problems":[]}') tenant.isolate = isolate;
  else isolate.dispose();
  return done;
}

function run(tenants: ReadonlyMap<number, Tenant>, { body }: Frame, readOctets: ReadOctets): Done {
  const { tenant: number, slice, text } = decodeRun(body);
  const tenant = tenants.get(number);
  if (!tenant) return { status: 'unbuilt', cpu: 0, text: '"the isolate is not open"' };
  const building = tenant.isolate ? null : build(tenant, readOctets);
  if (!tenant.isolate) return { status: 'unbuilt', cpu: 0, text: building?.text ?? '' };
  const done = tenant.isolate.pump(text, slice);
  if (done.status !== 'ok') tenant.isolate = null;
  return done;
}

function close(tenants: Map<number, Tenant>, number: number): void {
  tenants.get(number)?.isolate?.dispose();
  tenants.delete(number);
}
