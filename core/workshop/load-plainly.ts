import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Manifest } from '../../sdk/manifest.ts';
import type { Sink, WirePayload } from '../../sdk/runtime.ts';
import { Fault } from '../errors.ts';
import { locateHandler } from '../platform/locate-handler.ts';
import { buildSink } from '../sandbox/bundle.ts';
import { readManifest } from '../sandbox/manifest.ts';
import type { Problem } from '../sandbox/problem.ts';
import type { Bundle, Sandbox } from '../sandbox/sandbox.ts';
import { bindAlone } from './bind-alone.ts';
import { createTrialDesk, type TrialEvent, type Tried } from './trial-desk.ts';
import { openSide } from './try.ts';

type Loaded =
  | {
      readonly kind: 'sink';
      readonly manifest: Manifest;
      fire(event: TrialEvent): Promise<Tried>;
    }
  | { readonly kind: 'problems'; readonly problems: readonly (Problem | string)[] };

const require = createRequire(import.meta.url);
let count = 0;

/**
 * Loads a sink into this process, without a sandbox: for a debugger. Events, host calls and answers are those of
 * Sluice, and pass as JSON; limits, deadlines and the lockdown are not there.
 *
 * @param scratch an empty folder; what is loaded is written there
 */
export async function loadPlainly(
  { folder, binding: said }: { readonly folder: string; readonly binding: Readonly<Record<string, unknown>> },
  scratch: string,
): Promise<Loaded> {
  const built = await buildSink(resolve(folder));
  if (built.kind === 'problems') return built;
  const { default: sink } = await loadBundle(built.bundle, scratch);
  const name = basename(resolve(folder));
  if (!isSink(sink))
    return { kind: 'problems', problems: [`${name} exports no sink: export default defineSink({ … })`] };
  const manifest = readManifest(overTheWall(sink.manifest), name);
  if (!('name' in manifest)) return { kind: 'problems', problems: manifest };
  const read = bindAlone(manifest, built.bundle, said);
  if (!('binding' in read)) return { kind: 'problems', problems: read.problems };
  const problems = await sink.runtime.configure(overTheWall(read.binding.settings));
  if (problems.length > 0) return { kind: 'problems', problems };

  const side = openSide([]);
  const desk = createTrialDesk(
    { call: callPlainly(sink) },
    (call) => side.callsOf(call),
    (event) => locateHandler(folder, event),
  );
  return { kind: 'sink', manifest, fire: (event) => desk.fire(read.binding, event) };
}

/** As a file beside nothing, with a map to where the source really is: editors find breakpoints by it. */
async function loadBundle({ code, map }: Bundle, scratch: string): Promise<{ readonly default?: unknown }> {
  const parsed: { readonly sources: readonly string[] } = JSON.parse(map);
  const absolute = { ...parsed, sources: parsed.sources.map((source) => pathToFileURL(resolve(source)).href) };
  const file = join(scratch, `sink-${(count += 1)}.cjs`);
  const inline = Buffer.from(JSON.stringify(absolute)).toString('base64');
  await writeFile(file, `${code}\n//# sourceMappingURL=data:application/json;base64,${inline}\n`);
  return require(file);
}

function isSink(value: unknown): value is Sink {
  return typeof value === 'object' && value !== null && 'manifest' in value && 'runtime' in value;
}

/** What is no JSON does not cross the wall of the sandbox either. */
const overTheWall = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));

function callPlainly({ runtime }: Sink): Sandbox['call'] {
  return async ({ event, payload, octets, host }) => {
    const call = async (name: string, args: readonly unknown[]): Promise<unknown> =>
      name === 'message.octets' && octets
        ? Buffer.from(octets.octets.subarray(Number(args[0]), Number(args[1]))).toString('latin1')
        : overTheWall(await host(name, args));
    try {
      const given = wirePayload(overTheWall(payload));
      // oxlint-disable-next-line no-debugger -- where whoever inspects a sink wants to be
      debugger; // step into `handle`, then into the handler
      return overTheWall(await runtime.handle(event, given, call));
    } catch (thrown) {
      const error = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
      throw new Fault('sandbox.threw', { error, at: 'in its stack' });
    }
  };
}

const wirePayload = (value: unknown): WirePayload => (typeof value === 'object' && value !== null ? value : {});
