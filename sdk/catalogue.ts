import type { Decision } from './decisions.ts';
import type { EditOf } from './edits.ts';
import type { EventSpec } from './event-spec.ts';
import type { Field } from './fields.ts';
import { lifetimeEvents } from './catalogue/lifetime-events.ts';
import { queueEvents } from './catalogue/queue-events.ts';
import { relayEvents } from './catalogue/relay-events.ts';
import { sessionEvents } from './catalogue/session-events.ts';

export type { OnFault, Protocol } from './event-spec.ts';

/** Every event a sink can be bound to. Types, dispatch, rule checking and documentation derive from this table. */
export const catalogue = {
  ...sessionEvents,
  ...queueEvents,
  ...relayEvents,
  ...lifetimeEvents,
} as const satisfies Record<string, EventSpec>;

type Catalogue = typeof catalogue;

export type EventName = keyof Catalogue;
export type AskName = { [E in EventName]: Catalogue[E]['kind'] extends 'ask' ? E : never }[EventName];
export type TellName = Exclude<EventName, AskName>;

/** The payload as the core hands it over: plain JSON. */
export type Payload<E extends EventName> = {
  readonly [K in keyof Catalogue[E]['payload']]: Catalogue[E]['payload'][K] extends Field<infer Wire, unknown>
    ? Wire
    : never;
};

/** The payload as a sink sees it. */
export type SeenPayload<E extends EventName> = {
  readonly [K in keyof Catalogue[E]['payload']]: Catalogue[E]['payload'][K] extends Field<unknown, infer Seen>
    ? Seen
    : never;
};

/** The edits an event allows. */
export type EditFor<E extends EventName> = EditOf<Catalogue[E]['edits'][number]>;
/** The decisions an event allows, with the edits it allows. */
export type DecisionFor<E extends EventName> = Extract<
  Decision<EditFor<E>>,
  { readonly kind: Catalogue[E]['decisions'][number] }
>;

export const isEventName = (name: string): name is EventName => Object.hasOwn(catalogue, name);
export const eventNames: readonly EventName[] = Object.keys(catalogue).filter(isEventName);

/** One row, with the literal types widened: for code that treats all events alike. */
export const specOf = (event: EventName): EventSpec => catalogue[event];
