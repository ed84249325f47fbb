import type { AskName, DecisionFor, TellName } from './catalogue.ts';
import type { Capabilities, CapabilityName } from './capabilities.ts';
import type { SinkEvent } from './context.ts';
import type { Role, SinkLimits, TimerSpec } from './manifest.ts';
import { createRuntime, type Sink } from './runtime.ts';
import type { StandardSchema } from './standard-schema.ts';

/** The capabilities named in `needs` and `wants`, and `log`. */
type Granted<Needs extends CapabilityName> = Pick<Capabilities, Needs | 'log'>;

type AskHandlers<Settings, Needs extends CapabilityName> = {
  readonly [E in AskName]?: (
    event: SinkEvent<E, Settings>,
    has: Granted<Needs>,
  ) => DecisionFor<E> | Promise<DecisionFor<E>>;
};

type TellHandlers<Settings, Needs extends CapabilityName> = {
  readonly [E in TellName]?: (event: SinkEvent<E, Settings>, has: Granted<Needs>) => void | Promise<void>;
};

export type SinkDefinition<Settings, Needs extends CapabilityName, Wants extends CapabilityName = never> = AskHandlers<
  Settings,
  Needs | Wants
> &
  TellHandlers<Settings, Needs | Wants> & {
    /** Lower case, digits and `-`; must be the name of the sink's folder. */
    readonly name: string;
    readonly version: string;
    /** One line for lists. */
    readonly description: string;
    /** What a fault of this sink means by default: see `onFault` in the event reference. */
    readonly role: Role;
    /** Capabilities this sink uses. Those not listed are not there, and do not compile. */
    readonly needs?: readonly Needs[];
    /**
     * Capabilities it can do without: the binding may grant them. Calling one that is not granted rejects with an Error
     * that says so.
     */
    readonly wants?: readonly Wants[];
    /** Validates the settings of a binding and gives their type; any Standard Schema library. */
    readonly settings?: StandardSchema<Settings>;
    /** Timers by name: `{ every: '5m' }` or `{ cron: '0 3 * * *' }`; each comes as `onTimer`. */
    readonly timers?: Readonly<Record<string, TimerSpec>>;
    /** What it asks for beyond the usual: `{ memory: '128MB', hostCalls: 200 }`. */
    readonly limits?: SinkLimits;
  };

/**
 * Defines a sink; its module exports the result as default.
 *
 * A handler answers with a decision: `next()`, `accept()`, `reject('…')` and so on. One that throws, is late or
 * answers something the event does not allow has decided nothing and edited nothing: the binding's `onFault` stands in.
 */
export function defineSink<
  Settings = Readonly<Record<string, never>>,
  const Needs extends CapabilityName = never,
  const Wants extends CapabilityName = never,
>(definition: SinkDefinition<Settings, Needs, Wants>): Sink {
  return createRuntime(definition);
}
