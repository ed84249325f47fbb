import type { EventName } from '../../sdk/catalogue.ts';
import {
  contextOf,
  createWorld,
  payloadOf,
  type FireOptions,
  type PayloadOptions,
  type World,
} from '../../sdk/testing/testing.ts';
import { openTrial, type Trial, type TrialHost, type Tried } from './trial.ts';

/** What a test says of the binding; the rest is as for `fire`. */
type SandboxedOptions = FireOptions & { readonly binding?: Readonly<Record<string, unknown>> };

/** A sink in the sandbox, for as many events as a test likes. */
export type Sandboxed = AsyncDisposable & {
  fire<E extends EventName>(event: E, payload?: PayloadOptions<E>, context?: FireOptions['context']): Promise<Tried>;
  readonly world: World;
};

/**
 * Builds and loads the sink in a folder as Sluice does, in an isolate of a sandbox host process. No port, no server.
 *
 * @param folder holds `sink.ts`
 * @throws Error with what is wrong with the sink or its settings, file and line included
 */
export async function openSandboxed(folder: string, options: SandboxedOptions = {}): Promise<Sandboxed> {
  const { settings = {}, host, world = createWorld(host), binding = {} } = options;
  const opened = await openTrial({ folder, binding: { settings, ...binding }, host: hostOf(world) });
  if (opened.kind === 'problems') throw new Error(opened.problems.join('\n'));
  const { trial } = opened;
  return {
    world,
    fire: (event, payload = {}, context = options.context) => fireIn(trial, event, payload, context),
    [Symbol.asyncDispose]: () => trial[Symbol.asyncDispose](),
  };
}

/**
 * The same as `fire`, in the real sandbox: what a sink may not do there fails here too. Takes a good part of a second;
 * for several events use `openSandboxed`.
 *
 * @returns also what became of the message, and why the sink failed where it did
 */
export async function fireSandboxed<E extends EventName>(
  folder: string,
  event: E,
  payload: PayloadOptions<E> = {},
  options: SandboxedOptions = {},
): Promise<Tried> {
  await using sandboxed = await openSandboxed(folder, options);
  return await sandboxed.fire(event, payload);
}

async function fireIn<E extends EventName>(
  trial: Trial,
  event: E,
  payload: PayloadOptions<E>,
  context: FireOptions['context'],
): Promise<Tried> {
  const { payload: built, message } = payloadOf(event, payload);
  const { message: _, ...bare } = built;
  const octets = message && Buffer.from(message.octets, 'latin1');
  return await trial.fire({ event, payload: bare, context: contextOf(context), octets });
}

/** Text and HTML are read from the octets, as in Sluice; all else comes from the world of the test. */
function hostOf(world: World): TrialHost {
  return ({ message }) =>
    async (name, args) => {
      if (name === 'message.text') return (await message?.text()) ?? null;
      if (name === 'message.html') return (await message?.html()) ?? null;
      return await world.call(name, args, null);
    };
}
