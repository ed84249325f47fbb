import type { EventName, Protocol } from '../../sdk/catalogue.ts';
import type { Manifest } from '../../sdk/manifest.ts';
import type { Grants } from '../capabilities/options.ts';
import type { Engine } from '../engine.ts';
import type { Limits } from '../limits.ts';
import { bindEvents } from './bindings/events.ts';
import { checkMaxDefer } from './bindings/faults.ts';
import { checkGrants, grantsOf } from './bindings/grants.ts';
import type { BindingInput, EventBinding } from './bindings/input.ts';
import type { BindingProblem } from './bindings/problem.ts';
import { bindLimits, type Allowed } from './bindings/limits.ts';
import { checkTimers } from './bindings/timers.ts';

export type { Allowed, BindingInput, EventBinding };

/** One version of a sink's code, named by the hash of its bundle. */
export type Revision = { readonly hash: string; readonly manifest: Manifest };

/** One sink at work on one virtual server: one settings object, one set of grants, one isolate for each revision. */
export type Binding = {
  /** `<virtual server>/<sink>/<name>`: isolate, kv namespace and at-least-once tells go by it. */
  readonly key: string;
  readonly virtualServer: string;
  readonly protocol: Protocol;
  readonly sink: string;
  readonly name: string;
  readonly revision: Revision;
  readonly events: ReadonlyMap<EventName, EventBinding>;
  /** What the sink may use: what it needs, all of it granted, with the options of the grants. */
  readonly grants: Grants;
  readonly settings: unknown;
  /** What runs its sink. */
  readonly engine: Engine;
  /** What its sink may use. */
  readonly limits: Limits;
  /** It only shows what it would do. */
  readonly isShadow: boolean;
  /** What becomes of messages that are signed or encrypted when it edits them. */
  readonly smime: BindingInput['smime'];
  /** Milliseconds mail waits in the queue while the sink fails; null: as long as delivery says. */
  readonly maxDefer: number | null;
  /** What becomes of it then; null: an operator decides. */
  readonly afterMaxDefer: BindingInput['afterMaxDefer'];
};

export type BindingReading =
  | { readonly kind: 'binding'; readonly binding: Binding }
  | { readonly kind: 'problems'; readonly problems: readonly BindingProblem[] };

/**
 * Checks a binding against the sink's manifest and the catalogue, as it is saved: what is accepted here can run.
 * Settings are not checked; only the sink can, when it is loaded.
 *
 * @param allowed what the administrator lets every sink have
 * @returns all problems at once, each with its path inside the binding and what to write
 */
export function createBinding(input: BindingInput, revision: Revision, allowed: Allowed = {}): BindingReading {
  const problems: BindingProblem[] = [];
  const events = bindEvents(input, revision.manifest, problems);
  problems.push(...checkGrants(input, revision.manifest), ...checkTimers(revision.manifest));
  problems.push(...checkMaxDefer(input, revision.manifest));
  const limits = bindLimits(input, revision.manifest, allowed, problems);
  if (!limits || problems.length > 0) return { kind: 'problems', problems };

  const { virtualServer, sink, name, settings, smime, maxDefer, afterMaxDefer } = input;
  const { id, protocol } = virtualServer;
  const where = { key: `${id}/${sink}/${name}`, virtualServer: id, protocol };
  const engine = input.engine ?? allowed.engine ?? 'isolate';
  const how = { engine, limits, isShadow: input.shadow === true };
  const grants = grantsOf(revision.manifest, input.grants);
  return {
    kind: 'binding',
    binding: { ...where, ...how, sink, name, revision, events, grants, settings, smime, maxDefer, afterMaxDefer },
  };
}
