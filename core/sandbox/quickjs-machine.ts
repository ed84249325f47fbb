import load from '@jitl/quickjs-wasmfile-release-sync/emscripten-module';
import { QuickJSFFI } from '@jitl/quickjs-wasmfile-release-sync/ffi';
import { newQuickJSWASMModuleFromVariant, type QuickJSContext, type QuickJSHandle } from 'quickjs-emscripten-core';

export type Handle = QuickJSHandle;
/** A QuickJS of its own: an instance of WebAssembly whose memory nobody else has, and which only grows to its bound. */
export type Machine = {
  readonly vm: QuickJSContext;
  /**
   * Runs something, then all its microtasks, `slice` milliseconds at most.
   *
   * @throws Error when the machine had to be stopped, or broke; it must not run again
   */
  run<T>(slice: number, what: () => T): T;
  /** What it was stopped for; null while it may run. */
  readonly stopped: () => 'timeout' | 'memory' | null;
};

/** Octets: a page of WebAssembly, and what the module asks for at least. */
const page = 65_536;
const least = 256 * page;
/** Octets of stack, so that QuickJS says that it is full before the thread's own is (measured: at 512 KB it is not). */
const stack = 262_144;
/** Microtasks between two looks at the clock. */
const jobs = 1000;

let compiled: WebAssembly.Module | null = null;

/**
 * Starts one. It waits for microtasks only, never for the event loop, which the isolates' thread does not turn.
 *
 * @param wasm the engine; compiled at the first call and kept
 * @param memory octets it may hold altogether; at least 16 MB are
 */
export async function openMachine(wasm: Uint8Array<ArrayBuffer>, memory: number): Promise<Machine> {
  const engine = (compiled ??= new WebAssembly.Module(wasm));
  const bound = createMemory(memory);
  const runtime = (await instantiate(engine, bound.memory)).newRuntime();
  runtime.setMaxStackSize(stack);
  let until = Number.POSITIVE_INFINITY;
  let isLate = false;
  const look = (): boolean => (isLate ||= performance.now() >= until);
  runtime.setInterruptHandler(() => look() || bound.isFull());
  const vm = runtime.newContext();
  const stopped = (): 'timeout' | 'memory' | null => (bound.isFull() ? 'memory' : isLate ? 'timeout' : null);
  return {
    vm,
    stopped,
    run(slice, what) {
      until = performance.now() + slice;
      const value = what();
      while (runtime.hasPendingJob() && !look() && !bound.isFull()) runtime.executePendingJobs(jobs).dispose();
      until = Number.POSITIVE_INFINITY;
      const why = stopped();
      if (why !== null) throw new Error(why);
      return value;
    },
  };
}

/**
 * Memory that cannot outgrow its bound, and remembers that it was asked to: a sink could catch the error it gets.
 * The engine asks for more than it needs and then for less: only the last answer counts.
 */
function createMemory(octets: number) {
  const maximum = Math.ceil(Math.max(octets, least) / page);
  const memory = new WebAssembly.Memory({ initial: least / page, maximum });
  const grow = memory.grow.bind(memory);
  let isFull = false;
  memory.grow = (pages) => {
    isFull = true;
    const before = grow(pages);
    isFull = false;
    return before;
  };
  return { memory, isFull: () => isFull };
}

function instantiate(engine: WebAssembly.Module, wasmMemory: WebAssembly.Memory) {
  return newQuickJSWASMModuleFromVariant({
    type: 'sync',
    importFFI: async () => QuickJSFFI,
    importModuleLoader: async () => () =>
      load({
        wasmMemory,
        instantiateWasm(imports, onReady) {
          const instance = new WebAssembly.Instance(engine, imports);
          onReady(instance);
          return instance.exports;
        },
      }),
  });
}
