/*
 * What `quickjs-machine.ts` uses of WebAssembly, which the types of Node leave out, and the engine's loader, whose own
 * types describe what CommonJS gets.
 */

declare namespace WebAssembly {
  type Imports = Readonly<Record<string, unknown>>;
  type Exports = Readonly<Record<string, unknown>>;
  // oxlint-disable-next-line typescript/no-extraneous-class -- as it is
  class Module {
    constructor(octets: Uint8Array<ArrayBuffer>);
  }
  class Instance {
    constructor(module: Module, imports: Imports);
    readonly exports: Exports;
  }
  class Memory {
    constructor(pages: { readonly initial: number; readonly maximum: number });
    /** @returns pages before @throws RangeError when that is more than there may be */
    grow: (pages: number) => number;
  }
}

declare module '@jitl/quickjs-wasmfile-release-sync/emscripten-module' {
  type Options = {
    readonly wasmMemory: WebAssembly.Memory;
    readonly instantiateWasm: (
      imports: WebAssembly.Imports,
      onReady: (instance: WebAssembly.Instance) => void,
    ) => WebAssembly.Exports;
  };
  /** `Loaded`: what quickjs-emscripten calls a module. */
  export default function load<Loaded>(options: Options): Promise<Loaded>;
}
