import ivm from 'isolated-vm';
import type { Engine } from '../engine.ts';
import type { Done } from './bridge.ts';
import { limits } from './capabilities/limits.ts';
import type { Own } from './contract.ts';
import { openScript, snapshotScript, warmingScript } from './inside/script.ts';
import { createPumpOutbox, measure } from './measure.ts';

/** A bundle, what runs it, and what its isolate may use: `memory` in octets. */
export type Code = Own & {
  readonly name: string;
  readonly code: string;
  readonly engine: Engine;
  readonly memory: number;
};
/** Octets of a message for an isolate; `-1, -1` asks for all of it. Null when it is not there, or too large to share. */
export type ReadOctets = (body: number, from: number, to: number) => string | SharedText | null;
/** A text outside every isolate, which many can see without a copy. */
export type SharedText = { readonly copy: ivm.ExternalCopy<string> };

export type SinkIsolate = {
  /** What the sink says of itself: JSON. */
  readonly manifest: string;
  /** Runs a batch to the end of its microtasks, `slice` milliseconds at most. After anything but `ok` it is gone. */
  pump(text: string, slice: number): Done;
  /** Validates settings (JSON). @returns JSON: the problems */
  configure(settings: string): Done;
  readonly dispose: () => void;
};
export type Built =
  | { readonly kind: 'built'; readonly isolate: SinkIsolate }
  | { readonly kind: 'failed'; readonly done: Done };

const megabyte = 1024 * 1024;
/** Octets beside a sink's memory, for texts of messages it reads, which count as its memory. */
export const sharedRoom = 2 * limits.octetsShared;
type Enter = ivm.Reference<(what: number, argument: unknown) => string | null>;

/**
 * Bridge and lockdown as every isolate starts with them. Made here and never loaded from a file: a snapshot is
 * executable code (CVE-2022-39266).
 */
let snapshot: ReturnType<typeof createSnapshot> | null = null;

function createSnapshot() {
  return ivm.Isolate.createSnapshot([{ code: snapshotScript, filename: 'file:///<isolated-vm>' }], warmingScript);
}

/** Makes the startup snapshot; a host does so at boot. */
export function prepareIsolates(): void {
  snapshot ??= createSnapshot();
}

/** Makes a text that isolates can share; its octets stay outside their heaps. */
export function shareText(text: string): SharedText {
  return { copy: new ivm.ExternalCopy(text) };
}

/** Builds an isolate: bridge, lockdown, then the bundle, whose module code runs here under a time limit. */
export function buildIsolate({ name, code, memory, ...own }: Code, readOctets: ReadOctets): Built {
  snapshot ??= createSnapshot();
  const isolate = new ivm.Isolate({ snapshot, memoryLimit: Math.max(8, Math.ceil((memory + sharedRoom) / megabyte)) });
  const outbox = createPumpOutbox();
  const dispose = (): void => {
    if (!isolate.isDisposed) isolate.dispose();
  };
  let enter: Enter | null = null;
  const call = (what: number, argument: string | ivm.Dereference<unknown>, timeout: number): string | null =>
    enter?.applySync(undefined, [what, argument], { timeout }) ?? null;
  const endOf = (reason: string) =>
    isolate.isDisposed ? 'memory' : reason === 'Script execution timed out.' ? 'timeout' : 'failed';
  const run = (what: () => string | null): Done => {
    const done = measure({ outbox, errorText: own.errorText, endOf }, what);
    if (done.status !== 'ok') dispose();
    return done;
  };

  const loaded = run(() => {
    const context = isolate.createContextSync();
    enter = openBridge(context, { emit: outbox.take, readOctets, own });
    const bundle = isolate
      .compileScriptSync(`(function (module, exports, require) {${code}\n})`, { filename: `file:///sinks/${name}.js` })
      .runSync(context, { timeout: limits.load, reference: true });
    return call(1, bundle.derefInto(), limits.load);
  });
  if (loaded.status !== 'ok') return { kind: 'failed', done: loaded };
  return {
    kind: 'built',
    isolate: {
      manifest: loaded.text,
      pump: (text, slice) => run(() => call(0, text, slice)),
      configure: (settings) =>
        run(() => {
          call(2, settings, limits.load);
          return call(3, '', limits.load);
        }),
      dispose,
    },
  };
}

type Bridge = { readonly emit: (text: string) => void; readonly readOctets: ReadOctets; readonly own: Own };

function openBridge(context: ivm.Context, { emit, readOctets, own }: Bridge): Enter {
  const take = new ivm.Callback(emit);
  const octets = new ivm.Callback((body: number, from: number, to: number) => {
    const read = readOctets(body, from, to);
    return read === null || typeof read === 'string' ? read : read.copy.copyInto();
  });
  return context.evalClosureSync(openScript, [take, octets, JSON.stringify(own)], {
    result: { reference: true },
    timeout: limits.load,
  });
}
