import { z } from 'zod';
import type { DeepReadonly } from '../deep-readonly.ts';
import { engineOption } from '../engine.ts';
import { eventNames } from '../../sdk/catalogue.ts';
import { grantsOption } from '../capabilities/options.ts';
import { limitOptions } from '../limits.ts';
import { durationOption } from '../units.ts';
import { protectionOptions } from './protection.ts';

/** Lower case, digits and `-`: what a sink, a binding and a virtual server may be called. */
export const nameOption = z
  .string({ error: 'expected a name' })
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'expected a name of lower-case letters, digits and -');

/** What may be said for the whole binding, and again for one event under `on`. Null: not said. */
const perEvent = {
  /**
   * Which events the sink is asked about at all: a classic string (`mail from=*@example.com;rcpt to=*`) or the
   * structured form (`all: [ mailFrom: '*@example.com' ]`). Read by `rule.ts`, which knows the events.
   */
  rule: z
    .union([z.string().min(1), z.record(z.string(), z.unknown())], { error: 'expected a rule: a text or a mapping' })
    .optional()
    .transform(orNull),
  /** Lower is asked first; ties by the binding's name. */
  priority: z.int('expected a whole number').min(0).max(32_767).optional().transform(orNull),
  /** How long the sink may take for one event; at most what the catalogue allows. */
  deadline: durationOption({ min: 1 }).optional().transform(orNull),
  /** What a fault of the sink means; the default follows from the sink's role. */
  onFault: z.enum(['next', 'defer', 'quarantine', 'reject']).optional().transform(orNull),
};

/** One sink at work on one virtual server. */
export const bindingOptions = z
  .strictObject({
    /** The folder's name in one of the `sinks` folders. */
    sink: nameOption,
    /** Tells two bindings of the same sink apart; the sink's name when left out. */
    name: nameOption.optional(),
    /** The events it covers; all the sink handles when left out. */
    events: z.array(z.enum(eventNames)).min(1, 'expected at least one event').optional().transform(orNull),
    ...perEvent,
    /** How long mail waits in the queue for a sink that fails; one hour when left out. */
    maxDefer: durationOption({ min: 1 }).optional().transform(orNull),
    /** What becomes of mail that waited so long for a sink that edits; frozen for an administrator when left out. */
    afterMaxDefer: z.enum(['send-unedited', 'quarantine', 'report']).optional().transform(orNull),
    /** Capabilities the administrator lets this binding use: a list of names, or a mapping where they have options. */
    grants: grantsOption,
    /** Checked by the sink itself when it is loaded. */
    settings: z.record(z.string(), z.unknown()).default({}),
    /** What its edits do to messages that are signed or encrypted; they stay as they are when left out. */
    smime: protectionOptions.prefault({}),
    /** What runs its sink; what `sandbox:` says when left out. */
    engine: engineOption.optional().transform(orNull),
    /** What its sink may ask for here, in place of what `sandbox:` says. */
    limits: limitOptions.prefault({}),
    /**
     * `true`: it only shows in the trace what it would do, and nothing it answers counts. A revision (the start of its
     * hash): that revision of the sink does so beside the one in force.
     */
    shadow: z
      .union([z.boolean(), z.string().regex(/^[0-9a-f]{6,64}$/)], 'expected true, or at least 6 digits of a revision')
      .default(false),
    /** `false` keeps the binding in the file and asks it nothing. */
    enabled: z.boolean('expected true or false').default(true),
    /** What differs for single events. */
    on: z.partialRecord(z.enum(eventNames), z.strictObject(perEvent)).default({}),
  })
  .transform(({ name, ...binding }) => ({ ...binding, name: name ?? binding.sink }));

/** A binding as the configuration states it, durations in milliseconds. */
export type BindingOptions = DeepReadonly<z.output<typeof bindingOptions>>;

function orNull<T>(value: T | undefined): T | null {
  return value ?? null;
}
