import { createBinding, type Allowed, type Binding, type BindingInput, type Revision } from '../events/binding.ts';
import { createGeneration, type Generation } from '../events/generation.ts';
import type { Bundle } from '../sandbox/sandbox.ts';
import { createTenants, type TenantParts } from './tenants.ts';

/** A binding of the configuration, and where it stands there. */
export type Wanted = { readonly input: BindingInput; readonly path: readonly (string | number)[] };

/** A sink that is loaded: its newest revision that builds. */
export type LoadedSink = Revision & { readonly bundle: Bundle };

/** Something that keeps a binding from running; `column` counts from 1 inside a classic rule. */
export type RosterProblem = { readonly path: Wanted['path']; readonly column: number | null; readonly text: string };

export type RosterChange =
  | { readonly kind: 'problems'; readonly problems: readonly RosterProblem[] }
  /** New transactions use it already; the old generation is kept until one of the two is called. */
  | { readonly kind: 'live'; readonly generation: Generation; confirm(): void; rollback(): void };

/** Which generation of bindings is in force, and the isolates behind it. */
export type Roster = AsyncDisposable & {
  current(): Generation;
  /**
   * Puts a new generation in force: all of it or nothing.
   *
   * @param keep bindings of virtual servers that are on their way out
   */
  apply(
    wanted: readonly Wanted[],
    sinks: ReadonlyMap<string, LoadedSink>,
    keep?: readonly Binding[],
  ): Promise<RosterChange>;
};

export type RosterParts = TenantParts & {
  /** What the administrator lets every sink have. */
  readonly allowed: Allowed;
  /** @returns a revision of a sink that is still kept; null when there is none whose hash starts so */
  readonly kept: (sink: string, hash: string) => LoadedSink | null;
};

export function createRoster(parts: RosterParts): Roster {
  const tenants = createTenants(parts);
  let isStopping = false;
  let last = 0;
  let current = createGeneration(last, [], () => undefined);

  const reasonOf = (binding: Binding) =>
    isStopping ? 'stopped' : current.find(binding.key) === null ? 'removed' : 'replaced';

  return {
    current: () => current,
    async apply(wanted, sinks, keep = []) {
      const read = wanted.map((one) => readBinding(one, sinks, parts.allowed));
      const problems = read.flatMap((one) => one.problems);
      if (problems.length > 0) return { kind: 'problems', problems };

      const own = read.flatMap(({ binding }) => (binding ? [binding] : []));
      const shadows = wanted.flatMap((one) => shadowOf(one, parts));
      const loaded = [...sinks.values(), ...shadows.map(({ sink }) => sink)];
      const bundles = new Map(loaded.map(({ hash, bundle }) => [hash, bundle]));
      const bindings = [...own, ...shadows.map(({ binding }) => binding), ...keep];
      const refused = await tenants.open(bindings, bundles);
      if (refused.length > 0) {
        return { kind: 'problems', problems: refused.flatMap((one) => placed(one, own, wanted)) };
      }

      const before = current;
      const generation = createGeneration((last += 1), bindings, () => tenants.release(bindings, reasonOf));
      current = generation;
      return {
        kind: 'live',
        generation,
        confirm: () => before.release(),
        rollback() {
          current = before;
          generation.release();
        },
      };
    },
    async [Symbol.asyncDispose]() {
      isStopping = true;
      current.release();
      await tenants.settled();
    },
  };
}

type Read = { readonly binding: Binding | null; readonly problems: readonly RosterProblem[] };

function readBinding({ input, path }: Wanted, sinks: ReadonlyMap<string, LoadedSink>, allowed: Allowed): Read {
  const sink = sinks.get(input.sink);
  if (!sink) return { binding: null, problems: [{ path: [...path, 'sink'], column: null, text: unknownSink(sinks) }] };
  const reading = createBinding(input, { hash: sink.hash, manifest: sink.manifest }, allowed);
  if (reading.kind === 'binding') return { binding: reading.binding, problems: [] };
  const problems = reading.problems.map((one) => ({ ...one, path: [...path, ...one.path] }));
  return { binding: null, problems };
}

/** The revision a binding shows beside the one in force. Mail does not depend on it: without one, it is left out. */
function shadowOf(
  { input }: Wanted,
  { kept, allowed, log }: RosterParts,
): readonly { readonly binding: Binding; readonly sink: LoadedSink }[] {
  if (typeof input.shadow !== 'string') return [];
  const sink = kept(input.sink, input.shadow);
  const reading = sink && createBinding({ ...input, shadow: true }, sink, allowed);
  if (sink && reading?.kind === 'binding')
    return [{ sink, binding: { ...reading.binding, key: `${reading.binding.key}~shadow` } }];
  const problems = reading?.kind === 'problems' ? reading.problems.map(({ text }) => text) : [];
  const why = sink ? problems.join('; ') : 'no such revision is kept';
  log.warn({ sink: input.sink, shadow: input.shadow, why }, 'a binding runs without its shadow');
  return [];
}

function unknownSink(sinks: ReadonlyMap<string, LoadedSink>): string {
  const names = [...sinks.keys()].toSorted();
  return names.length === 0 ? 'no such sink; none is loaded' : `no such sink; loaded are ${names.join(', ')}`;
}

function placed(
  refused: { readonly binding: Binding; readonly problems: readonly string[] },
  own: readonly Binding[],
  wanted: readonly Wanted[],
): readonly RosterProblem[] {
  const path = wanted[own.indexOf(refused.binding)]?.path ?? [];
  return refused.problems.map((text) => ({ path, column: null, text }));
}
