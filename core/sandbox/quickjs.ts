import { limits } from './capabilities/limits.ts';
import { openScript, snapshotScript } from './inside/script.ts';
import { sharedRoom, type Built, type Code, type ReadOctets } from './isolate.ts';
import { createPumpOutbox, measure } from './measure.ts';
import { adaptToQuickJs } from './quickjs-source.ts';
import { openMachine, type Handle, type Machine } from './quickjs-machine.ts';

/** As stacks name the code of the bridge. */
const bridgeName = 'file:///<quickjs>';

let wasm: Uint8Array<ArrayBuffer> | null = null;
let next: Machine | null = null;

/** Gives the engine itself, as WebAssembly; a host does so at boot, while it may read files. */
export function provideQuickJs(octets: Uint8Array<ArrayBuffer>): void {
  wasm = octets;
}

/** Starts the machine that `buildQuickJs` takes; it needs one each time. @param memory octets of the sink's limit */
export async function prepareQuickJs(memory: number): Promise<void> {
  if (!wasm) throw new TypeError('QuickJS was not provided');
  next = await openMachine(wasm, memory + sharedRoom);
}

/**
 * Builds an isolate that is a QuickJS of its own: the same bridge and lockdown, then the bundle.
 *
 * A machine is never taken apart: nothing else refers to its memory, so that it goes with the machine, whatever state
 * a sink left it in.
 */
export function buildQuickJs({ name, code, ...own }: Code, readOctets: ReadOctets): Built {
  const machine = takeMachine();
  const { vm } = machine;
  const outbox = createPumpOutbox();
  const measured = { outbox, errorText: own.errorText, endOf: () => machine.stopped() ?? 'failed' } as const;
  const call = (enter: Handle, what: number, argument: Handle): string | null => {
    const answer = take(machine, vm.callFunction(enter, vm.undefined, vm.newNumber(what), argument));
    argument.dispose();
    return answer.consume((value) => (vm.typeof(value) === 'string' ? vm.getString(value) : null));
  };
  const run = (slice: number, what: () => string | null) => measure(measured, () => machine.run(slice, what));

  let enter: Handle = vm.undefined;
  const loaded = run(limits.load, () => {
    enter = openBridge(machine, { emit: outbox.take, readOctets, own: JSON.stringify(own) });
    const bundle = `(function (module, exports, require) {${adaptToQuickJs(code)}\n})`;
    return call(enter, 1, take(machine, vm.evalCode(bundle, `file:///sinks/${name}.js`)));
  });
  if (loaded.status !== 'ok') return { kind: 'failed', done: loaded };
  return {
    kind: 'built',
    isolate: {
      manifest: loaded.text,
      pump: (text, slice) => run(slice, () => call(enter, 0, vm.newString(text))),
      configure(settings) {
        const done = run(limits.load, () => call(enter, 2, vm.newString(settings)));
        return done.status === 'ok' ? run(limits.load, () => call(enter, 3, vm.undefined)) : done;
      },
      dispose: () => undefined,
    },
  };
}

function takeMachine(): Machine {
  const machine = next;
  next = null;
  if (!machine) throw new TypeError('no QuickJS was prepared');
  return machine;
}

type Bridge = { readonly emit: (text: string) => void; readonly readOctets: ReadOctets; readonly own: string };

/**
 * What QuickJS has beyond the text of the bridge: octets come in as JSON, because a text with a NUL would end there;
 * and never the whole message at once, because they are copied.
 */
const enterScript = `(function (emit, octets, own) {
const { parse } = JSON;
const read = (body, from, to) => { const text = from < 0 ? null : octets(body, from, to); return text === null ? null : parse(text); };
return (function ($0, $1, $2) {${openScript}})(emit, read, own);
})`;

function openBridge(machine: Machine, { emit, readOctets, own }: Bridge): Handle {
  const { vm } = machine;
  // Once it has to stop, its functions fail one after the other: that is not what the sink answers.
  const emitting = vm.newFunction('emit', (text) => void (machine.stopped() === null && emit(vm.getString(text))));
  const reading = vm.newFunction('octets', (...asked) => {
    const [body = -1, from = -1, to = -1] = asked.map((number) => vm.getNumber(number));
    const read = readOctets(body, from, to);
    return typeof read === 'string' ? vm.newString(JSON.stringify(read)) : vm.null;
  });
  take(machine, vm.evalCode(snapshotScript, bridgeName)).dispose();
  const open = take(machine, vm.evalCode(enterScript, bridgeName));
  return take(machine, vm.callFunction(open, vm.undefined, emitting, reading, vm.newString(own)));
}

/** @throws Error with the text of what was thrown inside, which is not asked for once the machine has to stop */
function take({ vm, stopped }: Machine, result: ReturnType<Machine['vm']['evalCode']>): Handle {
  if (!result.error) return result.value;
  const thrown: unknown = stopped() === null ? vm.dump(result.error) : null;
  const hasText = typeof thrown === 'object' && thrown !== null && 'message' in thrown;
  throw new Error(String(hasText ? thrown.message : thrown));
}
