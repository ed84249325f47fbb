import type { AskName, EventName, TellName } from '../../sdk/catalogue.ts';
import type { Fault } from '../errors.ts';
import type { Binding } from './binding.ts';
import { tellBinding } from './dispatching/call.ts';
import { matchingOf, runChain } from './dispatching/chain.ts';
import { openCourse } from './dispatching/course.ts';
import { createShadows } from './dispatching/shadow.ts';
import type { BoundEvent, Generation } from './generation.ts';
import type { AnyPayload, Subject } from './subject.ts';
import type { AnyVerdict, BarePayload, DispatchParts, Verdict } from './verdict.ts';

export type { EditableMessage, Edited, Editor, MessageEdit, Sealed, Subject } from './subject.ts';
export type { CallSink, DispatchParts, Verdict } from './verdict.ts';

export type Dispatcher = {
  /** Asks one binding after the other until one settles it; without a matching binding resolves at once. Never rejects for a sink's sake. */
  ask<E extends AskName>(
    generation: Generation,
    event: E,
    subject: Subject,
    payload: BarePayload<E>,
  ): Promise<Verdict<E>>;
  /** Tells every matching binding, side by side; resolves when all have finished or failed. */
  tell<E extends TellName>(generation: Generation, event: E, subject: Subject, payload: BarePayload<E>): Promise<void>;
  /** Asks this binding alone, whatever its rule says: onLoad. */
  askOne<E extends AskName>(binding: Binding, event: E, subject: Subject, payload: BarePayload<E>): Promise<Verdict<E>>;
  /** Tells this binding alone: onTimer, onUnload, at-least-once tells. @returns the fault; null when told or not handled */
  tellOne<E extends TellName>(
    binding: Binding,
    event: E,
    subject: Subject,
    payload: BarePayload<E>,
  ): Promise<Fault | null>;
  /** The keys of the bindings a tell would go to, for those that are written down first. */
  matching<E extends TellName>(
    generation: Generation,
    event: E,
    subject: Subject,
    payload: BarePayload<E>,
  ): readonly string[];
};

/** The one place that asks sinks: order, rules, edits, faults and the fold are the same for every event. */
export function createDispatcher(parts: DispatchParts): Dispatcher {
  const shadows = createShadows(parts);
  function ask<E extends AskName>(
    g: Generation,
    event: E,
    subject: Subject,
    payload: BarePayload<E>,
  ): Promise<Verdict<E>>;
  function ask(g: Generation, event: AskName, subject: Subject, payload: AnyPayload): Promise<AnyVerdict> {
    const occasion = { event, subject, payload };
    const shadow = shadows.prepare(g.shadows(subject.virtualServer.id, event), occasion);
    const verdict = runChain(parts, g.bindings(subject.virtualServer.id, event), occasion);
    shadow?.(verdict);
    return verdict;
  }
  function askOne<E extends AskName>(
    by: Binding,
    event: E,
    subject: Subject,
    payload: BarePayload<E>,
  ): Promise<Verdict<E>>;
  function askOne(by: Binding, event: AskName, subject: Subject, payload: AnyPayload): Promise<AnyVerdict> {
    return runChain(parts, boundAlone(by, event), { event, subject, payload });
  }

  return {
    ask,
    askOne,
    async tell(g, event, subject, payload) {
      const course = openCourse({ event, subject, payload });
      const shadow = shadows.prepare(g.shadows(subject.virtualServer.id, event), { event, subject, payload });
      await Promise.all(matchingOf(g, course).map((bound) => tellBinding(parts, bound, course)));
      shadow?.(Promise.resolve(null));
    },
    async tellOne(binding, event, subject, payload) {
      const [bound] = boundAlone(binding, event);
      return bound ? tellBinding(parts, bound, openCourse({ event, subject, payload })) : null;
    },
    matching: (g, event, subject, payload) =>
      matchingOf(g, openCourse({ event, subject, payload })).map(({ binding }) => binding.key),
  };
}

function boundAlone(binding: Binding, event: EventName): readonly BoundEvent[] {
  const how = binding.events.get(event);
  return how ? [{ ...how, rule: null, binding }] : [];
}
